//! Tenants and resellers (rows 1 to 24, 51): what was missing, and the traps of making a tenant.

use partner_center::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json as value};
use uuid::Uuid;

use crate::script::{Reply, Script, app_only, client, json};

const RESELLER: &str = "0b9d54c2-5f11-4a3d-8a54-3d1f0a6d9e01";

fn call() -> Call {
    Call::new(Uuid::from_u128(7))
}

fn new_customer(associated_partner_id: &str) -> NewCustomer {
    NewCustomer {
        domain: "contosobakery.onmicrosoft.com".into(),
        organization_registration_number: None,
        company_name: "Contoso Bakery".into(),
        email: "orders@contosobakery.example".into(),
        culture: "it-IT".into(),
        language: "it".into(),
        address: Address { country: Some("IT".into()), ..Address::default() },
        associated_partner_id: associated_partner_id.into(),
        enable_gdap_by_default: true,
    }
}

fn body(script: &Script, at: usize) -> Value {
    serde_json::from_str(&script.seen()[at].body).expect("json")
}

#[tokio::test]
async fn a_prefix_is_free_or_taken_and_nothing_else() {
    let script = Script::start([json(200, "true"), json(200, "\u{feff}false"), json(200, "\"True\"")]).await;
    let asked = client(&script);
    for expected in [Domain::Available, Domain::Taken, Domain::Available] {
        assert_eq!(asked.check_domain_prefix("contosobakery").await.expect("verdict"), expected);
    }
    assert_eq!(script.seen()[0].line, "GET /v1/validations/checkdomainavailability/contosobakery HTTP/1.1");
    let error = asked.check_domain_prefix("contosobakery.onmicrosoft.com").await.expect_err("the whole name");
    assert!(matches!(error, Error::Invalid { .. }));
    assert_eq!(script.seen().len(), 3);
    let script = Script::start(vec![json(200, "null"); 4]).await;
    client(&script).check_domain_prefix("contosobakery").await.expect_err("no verdict");
}

#[tokio::test]
async fn an_address_is_judged_with_200_whatever_the_verdict() {
    let judged = |status: &str| {
        json(
            200,
            &format!(
                r#"{{"originalAddress":{{"country":"IT"}},"suggestedAddresses":[{{"postalCode":"40126"}}],"status":"{status}","validationMessage":"postalCode"}}"#
            ),
        )
    };
    let script = Script::start([
        judged("verified_shippable"),
        judged("InteractionRequired"),
        judged("Tomorrow"),
        json(400, r#"{"code":3000,"description":"country"}"#),
    ])
    .await;
    let client = client(&script);
    let address = PostalAddress {
        address_line1: Some("Via Contoso 1".into()),
        city: Some("Bologna".into()),
        state: Some("BO".into()),
        postal_code: Some("40126".into()),
        country: Some("IT".into()),
        ..PostalAddress::default()
    };
    assert!(client.check_address(&address).await.expect("verdict").status.is_usable());
    let shown = client.check_address(&address).await.expect("verdict");
    assert_eq!((&shown.status, shown.status.is_usable()), (&AddressStatus::InteractionRequired, false));
    assert_eq!(shown.suggested_addresses[0].postal_code.as_deref(), Some("40126"));
    assert_eq!(shown.validation_message.as_deref(), Some("postalCode"));
    assert!(!client.check_address(&address).await.expect("an unknown verdict").status.is_usable());
    assert!(client.check_address(&address).await.expect_err("no verdict").is_refusal(400, "3000"));
    assert_eq!(script.seen()[0].line, "POST /v1/validations/address HTTP/1.1");
    assert_eq!(
        body(&script, 0),
        value!({"addressLine1": "Via Contoso 1", "city": "Bologna", "state": "BO", "postalCode": "40126", "country": "IT"})
    );
}

#[tokio::test]
async fn rules_of_a_country_are_asked_for_by_its_two_letters() {
    let script = Script::start([json(200, r#"{"iso2Code":"IT","isStateRequired":true}"#)]).await;
    let client = client(&script);
    assert!(client.country_rules("IT").await.expect("rules").raw["isStateRequired"] == true);
    assert_eq!(script.seen()[0].line, "GET /v1/countryvalidationrules/IT HTTP/1.1");
}

#[tokio::test]
async fn a_company_profile_needs_a_user_and_hides_what_rights_hide() {
    let script = Script::start([json(
        200,
        r#"{"tenantId":"T1","domain":"contosobakery.onmicrosoft.com","companyName":"Contoso Bakery","newMember":1}"#,
    )])
    .await;
    let profile = client(&script).company_profile("T1").await.expect("profile");
    assert_eq!((profile.tenant_id.as_deref(), &profile.email, &profile.address), (Some("T1"), &None, &None));
    assert_eq!(profile.other["newMember"], 1);
    assert_eq!(script.seen()[0].line, "GET /v1/customers/T1/profiles/company HTTP/1.1");
    let refused = app_only(&script).company_profile("T1").await.expect_err("no user");
    assert!(matches!(refused, Error::NeedsUser { .. }), "{refused}");
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn who_signed_with_microsoft_has_nothing_to_attest() {
    let script = Script::start([
        json(200, r#"{"isSigned":true}"#),
        json(200, r#"{"isSigned":false}"#),
        json(404, r#"{"code":60003,"description":"no tenant"}"#),
    ])
    .await;
    let client = client(&script);
    assert!(client.signed_directly("T1").await.expect("signed"));
    assert!(!client.signed_directly("T1").await.expect("not signed"));
    assert!(client.signed_directly("T1").await.expect_err("no tenant").is_refusal(404, "60003"));
    assert_eq!(script.seen()[0].line, "GET /v1/customers/T1/directSignedMicrosoftCustomerAgreementStatus HTTP/1.1");
}

#[tokio::test]
async fn the_text_of_an_agreement_is_asked_for_in_a_language_and_never_remembered() {
    let answer = |until: &str| {
        json(
            200,
            &format!(
                r#"{{"displayUri":"https://agreements.example/mca","downloadUri":"https://agreements.example/mca?{until}","language":"it-IT","country":"IT"}}"#
            ),
        )
    };
    let script = Script::start([answer("a"), answer("b")]).await;
    let client = client(&script);
    let first = client.agreement_document("template-1", "it-IT", "IT").await.expect("document");
    let second = client.agreement_document("template-1", "it-IT", "IT").await.expect("document");
    assert_ne!(first.download_uri, second.download_uri, "the address dies after five minutes");
    assert_eq!(
        script.seen()[0].line,
        "GET /v1/agreementtemplates/template-1/document?language=it-IT&country=IT HTTP/1.1"
    );
}

const CREATED: &str = r#"{"id":"T1","companyProfile":{"domain":"contosobakery.onmicrosoft.com"},
    "userCredentials":{"userName":"admin","password":"Pw-Canary-1"}}"#;

#[tokio::test]
async fn trap_02_the_password_is_in_the_first_answer_only() {
    let pascal = r#"{"id":"T1","UserCredentials":{"UserName":"admin","Password":"Pw-Canary-1"}}"#;
    let script = Script::start([
        json(201, CREATED),
        json(200, r#"{"id":"T1"}"#),
        json(201, r#"{"id":"T1"}"#),
        json(201, pascal),
        json(201, r#"{"userCredentials":{"password":"Pw-Canary-1"}}"#),
    ])
    .await;
    let client = client(&script);
    let call = call();
    let created = client.create_customer(&call, &new_customer(RESELLER)).await.expect("201");
    assert_eq!(created.credentials.as_ref().expect("once").password.expose_secret(), "Pw-Canary-1");
    assert!(created.customer.other.is_empty(), "the credentials are not kept twice: {:?}", created.customer.other);
    let read = client.customer("T1").await.expect("200");
    assert!(!serde_json::to_string(&read).expect("json").contains("assword"));
    // A repetition may bring the tenant without it: that is said, and is no error.
    let again = client.create_customer(&call, &new_customer(RESELLER)).await.expect("201");
    assert!(again.credentials.is_none());
    assert_eq!(script.seen()[0].header("ms-requestid"), script.seen()[2].header("ms-requestid"));
    let other_case = client.create_customer(&call, &new_customer(RESELLER)).await.expect("201");
    assert!(other_case.credentials.is_some() && other_case.customer.other.is_empty(), "{other_case:?}");
    let unreadable = client.create_customer(&call, &new_customer(RESELLER)).await.expect_err("no id");
    assert!(unreadable.is_unknown() && !format!("{unreadable} {unreadable:?}").contains("Canary"), "{unreadable}");
}

#[tokio::test]
async fn trap_03_the_user_name_is_bare() {
    let script = Script::start([json(201, CREATED)]).await;
    let created = client(&script).create_customer(&call(), &new_customer(RESELLER)).await.expect("201");
    let credentials = created.credentials.expect("once");
    assert_eq!(credentials.user_name, "admin");
    assert_eq!(credentials.sign_in_name("contosobakery.onmicrosoft.com"), "admin@contosobakery.onmicrosoft.com");
    let full = Credentials { user_name: "admin@a.example".into(), password: "x".into() };
    assert_eq!(full.sign_in_name("b.example"), "admin@a.example", "a full name stays as it is");
}

#[tokio::test]
async fn trap_04_a_tenant_id_and_an_mpn_id_cannot_be_mixed_up() {
    let script = Script::start([json(201, r#"{"id":"T1"}"#)]).await;
    let client = client(&script);
    for mpn_id in ["7000101", "", "not an id"] {
        let error = client.create_customer(&call(), &new_customer(mpn_id)).await.expect_err("an MPN id");
        assert!(matches!(error, Error::Invalid { field: "associatedPartnerId", .. }), "{error}");
    }
    let line = NewCartLine::new("a:b:c", 1, BillingCycle::Monthly, "P1Y", RESELLER);
    let error = client.create_cart(&call(), "c", &NewCart { lines: vec![line] }).await.expect_err("a tenant id");
    assert!(matches!(error, Error::Invalid { field: "participants.transaction_reseller", .. }), "{error}");
    assert!(script.seen().is_empty());
    client.create_customer(&call(), &new_customer(RESELLER)).await.expect("201");
    assert_eq!(body(&script, 0)["associatedPartnerId"], RESELLER);
}

#[tokio::test]
async fn trap_06_our_own_mpn_id_as_partner_of_record_is_refused_for_good() {
    let script = Script::start([json(404, r#"{"code":2072,"description":"indirect provider"}"#)]).await;
    let line = NewCartLine::new("a:b:c", 1, BillingCycle::Monthly, "P1Y", "6000001");
    let error = client(&script).create_cart(&call(), "c", &NewCart { lines: vec![line] }).await.expect_err("refused");
    assert!(error.is_refusal(404, "2072") && error.is_definitive());
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn trap_12_every_agreement_call_names_its_type() {
    let script =
        Script::start([json(200, r#"{"items":[]}"#), json(200, r#"{"items":[]}"#), json(201, r#"{"templateId":"t"}"#)])
            .await;
    let client = client(&script);
    assert_eq!(client.agreement_template().await.expect("none"), None);
    client.agreements("c").await.expect("none");
    let new = NewAgreement {
        contact: AgreementContact::default(),
        template_id: "t".into(),
        date_agreed: "2026-03-01T00:00:00Z".parse().expect("date"),
    };
    client.confirm_agreement(&call(), "c", &new).await.expect("201");
    for seen in &script.seen()[..2] {
        assert!(seen.line.contains("agreementType=MicrosoftCustomerAgreement"), "{}", seen.line);
    }
    assert_eq!(body(&script, 2)["type"], "MicrosoftCustomerAgreement");
}

#[tokio::test]
async fn trap_13_the_template_is_the_newest_that_is_named_and_never_the_dead_one() {
    let items = r#"{"items":[
        {"templateId":"dead","agreementType":"MicrosoftCloudAgreement","versionRank":9},
        {"templateId":"old","agreementType":"MicrosoftCustomerAgreement","versionRank":1},
        {"templateId":"new","agreementType":"MicrosoftCustomerAgreement","versionRank":"2","agreementLink":null}]}"#;
    let script = Script::start([json(200, items), json(200, items)]).await;
    let client = client(&script);
    let template = client.agreement_template().await.expect("list").expect("one");
    assert_eq!(template.template_id, "new");
    assert_eq!(client.agreement_templates().await.expect("list").len(), 3);
    assert!(script.seen()[1].line.contains("agreementType=*"), "{}", script.seen()[1].line);
}

#[tokio::test]
async fn trap_39_a_size_of_zero_means_no_size_and_the_domain_is_compared_whole() {
    let items = r#"{"items":[{"id":"1","companyProfile":{"domain":"contoso.onmicrosoft.com.example"}},
        {"id":"2","companyProfile":{"domain":"CONTOSO.onmicrosoft.com"}}]}"#;
    let script = Script::start([json(200, items)]).await;
    let found = client(&script).find_customer("contoso.onmicrosoft.com").await.expect("list");
    assert_eq!(found.map(|customer| customer.id).as_deref(), Some("2"));
    let line = &script.seen()[0].line;
    assert!(line.contains("size=0") && line.contains("starts_with"), "{line}");
}

#[tokio::test]
async fn trap_40_what_delegated_rights_hide_is_not_deleted() {
    let hidden = r#"{"id":"p1","companyName":"Contoso Bakery","attributes":{"etag":"-77"}}"#;
    let whole = r#"{"id":"p1","firstName":"Primary","companyName":"Contoso Bakery","email":"a@contosobakery.example",
        "defaultAddress":{"country":"IT","newMember":{"a":1}},"links":{"self":{"uri":"/x"}},
        "attributes":{"etag":"-77","objectType":"CustomerBillingProfile"}}"#;
    let script = Script::start([json(200, hidden), json(200, whole), json(200, whole)]).await;
    let client = client(&script);
    let profile = client.billing_profile("c").await.expect("read");
    assert_eq!((&profile.default_address, &profile.email), (&None, &None));
    let error = client.update_billing_profile(&call(), "c", &profile).await.expect_err("it would delete the address");
    assert!(matches!(error, Error::Invalid { field: "defaultAddress", .. }), "{error}");
    let mut profile = client.billing_profile("c").await.expect("read");
    profile.company_name = Some("Contoso Oven".into());
    client.update_billing_profile(&call(), "c", &profile).await.expect("200");
    let sent = body(&script, 2);
    assert_eq!(script.seen()[2].header("if-match").as_deref(), Some("\"-77\""));
    assert_eq!(sent["attributes"]["etag"], "-77");
    assert_eq!((&sent["links"]["self"]["uri"], &sent["defaultAddress"]["newMember"]["a"]), (&"/x".into(), &1.into()));
    assert_eq!((&sent["companyName"], &sent["firstName"]), (&"Contoso Oven".into(), &"Primary".into()));
}

#[tokio::test]
async fn trap_47_a_reseller_needs_region_signature_and_an_active_partnership() {
    let items = format!(
        r#"{{"items":[{{"id":"{RESELLER}","name":"A","relationshipType":"is_indirect_cloud_solution_provider_of","state":"Active","mpnId":7000101}},
        {{"id":"x","name":"B","relationshipType":"is_indirect_cloud_solution_provider_of","state":"Terminated","mpnId":"7000102"}}]}}"#
    );
    let script = Script::start([
        json(200, r#"{"partnerName":"A","mpnId":"7000101","partnerId":"7000101"}"#),
        json(400, r#"{"code":2201,"source":"PartnerFD"}"#),
        json(200, &items),
        json(400, r#"{"code":900154,"description":"not linked to an active indirect reseller"}"#),
    ])
    .await;
    let client = client(&script);
    // The id exists, which proves nothing.
    assert_eq!(client.mpn_profile("7000101").await.expect("read").expect("known").mpn_id, "7000101");
    let status = client.agreement_status(PartnerKey::MpnId("7000101")).await.expect("verdict");
    assert_eq!(status, AgreementStatus::NotSigned(NotSigned::WrongRegion));
    let resellers = client.resellers().await.expect("list");
    assert!(resellers[0].is_active_with("7000101"));
    assert!(!resellers.iter().any(|reseller| reseller.is_active_with("7000102")), "not active any more");
    let line = NewCartLine::new("a:b:c", 1, BillingCycle::Monthly, "P1Y", "7000101");
    let error = client.create_cart(&call(), "c", &NewCart { lines: vec![line] }).await.expect_err("a global id");
    assert!(error.is_refusal(400, "900154"));
}

#[tokio::test]
async fn trap_50_a_tenant_is_deleted_in_the_sandbox_only() {
    let script = Script::start([
        json(403, r#"{"code":900150,"description":"no"}"#),
        Reply::Answer(204, String::new(), Vec::new()),
    ])
    .await;
    let client = client(&script);
    let error = client.delete_sandbox_customer(&call(), "c").await.expect_err("production");
    assert!(matches!(&error, Error::Refused(refusal) if refusal.status == 403) && error.is_definitive());
    client.delete_sandbox_customer(&call(), "c").await.expect("sandbox");
    assert_eq!(script.seen()[1].line, "DELETE /v1/customers/c HTTP/1.1");
}

#[tokio::test]
async fn relationships_begin_with_a_link_and_end_with_a_patch() {
    let script = Script::start([
        json(200, r#"{"url":"https://admin.example/x","attributes":{"objectType":"RelationshipRequest"}}"#),
        json(200, r#"{"id":"c","relationshipToPartner":"none"}"#),
        json(200, r#"{"id":"c","allowDelegatedAccess":false,"relationshipToPartner":"Reseller"}"#),
    ])
    .await;
    let client = client(&script);
    assert_eq!(client.relationship_request().await.expect("link").url, "https://admin.example/x");
    let ended = client.end_relationship(&call(), "c").await.expect("200");
    assert_eq!(ended.relationship_to_partner, Some(RelationshipToPartner::None));
    assert_eq!(body(&script, 1), value!({"relationshipToPartner": "none"}));
    let without = client.drop_delegated_access(&call(), "c").await.expect("200");
    assert_eq!(without.allow_delegated_access, Some(false));
    assert_eq!(body(&script, 2), value!({"allowDelegatedAccess": false}));
    assert_eq!(script.seen()[2].line, "PATCH /v1/customers/c HTTP/1.1");
}

#[tokio::test]
async fn a_directory_describes_itself_in_bare_arrays() {
    let script = Script::start([
        json(200, r#"[{"displayName":"Contoso Bakery","technicalNotificationMails":null}]"#),
        json(200, "[]"),
        json(200, r#"["contosobakery.onmicrosoft.com","contosobakery.example"]"#),
    ])
    .await;
    let client = client(&script);
    let organization = client.organization("c").await.expect("read").expect("one");
    assert_eq!(organization.display_name.as_deref(), Some("Contoso Bakery"));
    assert!(organization.technical_notification_mails.is_empty());
    assert_eq!(client.organization("c").await.expect("read"), None);
    assert_eq!(client.custom_domains("c").await.expect("read").len(), 2);
    assert_eq!(script.seen()[2].line, "GET /v1/customers/c/customDomains HTTP/1.1");
}

#[tokio::test]
async fn qualifications_are_checked_here_and_both_spellings_of_the_date_are_read() {
    let script = Script::start([
        json(201, r#"{"qualification":"Education","vettingStatus":"InReview","vettingCreateDate":"2026-03-01T00:00:00"}"#),
        json(200, r#"[{"qualification":"education","vettingStatus":"Approved","vettingCreatedDate":"2026-03-01T00:00:00Z"},
            {"qualification":"Education","vettingCreatedDate":"2026-03-02T00:00:00Z","vettingCreateDate":"2026-03-01T00:00:00Z"}]"#),
        json(200, r#"[{"validationId":48130,"maxCreates":"10","remainingCreates":0}]"#),
    ])
    .await;
    let client = client(&script);
    let wanted = |qualification, education_segment| NewQualification {
        qualification,
        education_segment,
        website: None,
        validation_code: None,
    };
    for bad in [
        wanted(QualificationKind::Education, None),
        wanted(QualificationKind::GovernmentCommunityCloud, None),
        wanted(QualificationKind::Nonprofit, None),
        wanted(QualificationKind::None, None),
    ] {
        let error = client.ask_qualification(&call(), "c", &bad).await.expect_err("refused here");
        assert!(matches!(error, Error::Invalid { .. }), "{bad:?}");
    }
    let school = wanted(QualificationKind::Education, Some(EducationSegment::HigherEducation));
    let asked = client.ask_qualification(&call(), "c", &school).await.expect("201");
    let date = |one: &Qualification| one.vetting_created_date.map(|at| at.to_string());
    assert_eq!(date(&asked).as_deref(), Some("2026-03-01T00:00:00Z"));
    assert_eq!(body(&script, 0), value!({"qualification": "Education", "educationSegment": "HigherEducation"}));
    let all = client.qualifications("c").await.expect("read");
    assert_eq!((all[0].vetting_status.clone(), date(&all[0])), (Some(VettingStatus::Approved), date(&asked)));
    assert_eq!(date(&all[1]).as_deref(), Some("2026-03-02T00:00:00Z"), "both at once: the usual name counts");
    let codes = client.validation_codes().await.expect("read");
    assert_eq!(
        (codes[0].validation_id.as_str(), codes[0].max_creates, codes[0].remaining_creates),
        ("48130", Some(10), Some(0))
    );
    assert_eq!(script.seen()[2].line, "GET /v1/customers/all/validations HTTP/1.1");
}

#[tokio::test]
async fn a_sandbox_reseller_brings_its_password_once_and_hides_it() {
    let answer = value!({"accountId": "a1", "mpnId": 7009001, "tenant": {"id": "t9", "adminUserAccount": "admin@x.example",
        "password": "Pw-Canary-9"}, "agreementSignature": {"signed": true},
        "partnerRelationship": {"id": "t9", "name": "Sandbox", "relationshipType": "is_indirect_cloud_solution_provider_of",
            "state": "Active", "mpnId": "7009001"}});
    let script = Script::start([
        json(200, &answer.to_string()),
        json(200, r#"{"tenant":{"password":"Pw-Canary-9"}}"#),
        json(401, r#"{"code":6002}"#),
        json(401, r#"{"code":6002}"#),
        Reply::Answer(204, String::new(), Vec::new()),
        json(403, r#"{"code":6003}"#),
    ])
    .await;
    let client = client(&script);
    let new = NewSandboxReseller {
        mpn_id: "7009001".into(),
        tenant: NewSandboxTenant {
            domain_prefix: "fabrikamtest".into(),
            name: "Fabrikam".into(),
            display_name: "Fabrikam".into(),
            admin_user_name: "admin".into(),
            admin_first_name: "First".into(),
            admin_last_name: "Last".into(),
            admin_alternate_email: "admin@fabrikam.example".into(),
            country: "IT".into(),
            culture: "it-IT".into(),
        },
        legal_business_profile: LegalBusinessProfile {
            company_name: "Fabrikam".into(),
            address: Address { country: Some("IT".into()), ..Address::default() },
            primary_contact: AgreementContact { first_name: "First".into(), ..AgreementContact::default() },
            culture: "it-IT".into(),
        },
        organization_profile_language: "it".into(),
    };
    let made = client.create_sandbox_reseller(&call(), &new).await.expect("200");
    assert_eq!((made.tenant_id.as_str(), made.mpn_id.as_deref()), ("t9", Some("7009001")));
    assert_eq!(made.password.as_ref().expect("once").expose_secret(), "Pw-Canary-9");
    assert!(made.partner_relationship.as_ref().is_some_and(|one| one.is_active_with("7009001")));
    assert!(made.other.contains_key("agreementSignature"));
    let unreadable = client.create_sandbox_reseller(&call(), &new).await.expect_err("no tenant id");
    assert!(unreadable.is_unknown());
    for text in [format!("{made:?}"), format!("{unreadable:?} {unreadable}")] {
        assert!(!text.contains("Canary"), "{text}");
    }
    let sent = body(&script, 0);
    assert_eq!(sent["tenant"]["domainPrefix"], "fabrikamtest");
    assert_eq!(sent["legalBusinessProfile"]["primaryContact"]["firstName"], "First");
    assert!(script.seen()[0].header("ms-requestid").is_some() && script.seen()[0].header("ms-correlationid").is_some());
    assert!(client.create_sandbox_reseller(&call(), &new).await.expect_err("no sandbox").is_refusal(401, "6002"));
    client.delete_sandbox_reseller(&call(), "t9").await.expect("204");
    assert!(client.delete_sandbox_reseller(&call(), "t9").await.expect_err("no").is_refusal(403, "6003"));
}

#[tokio::test]
async fn customers_are_found_by_reseller_and_by_provider() {
    let script =
        Script::start(vec![json(200, r#"{"items":[{"id":"1","companyProfile":{},"customDomains":null}]}"#); 2]).await;
    let client = client(&script);
    client.customers(Some(CustomerFilter::IndirectReseller(RESELLER))).await.expect("list");
    client.customers(Some(CustomerFilter::IndirectCloudSolutionProvider(RESELLER))).await.expect("list");
    assert!(script.seen()[0].line.contains("%22IndirectReseller%22"));
    assert!(script.seen()[1].line.contains("%22IndirectCloudSolutionProvider%22"));
}
