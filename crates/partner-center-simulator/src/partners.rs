//! Partners: MPN profiles, partnerships, signed agreements (contract 8).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::customers::customer_of;
use crate::sandbox;
use crate::seed::Seed;
use crate::state::{Entity, Sim, World};
use crate::wire::{Answer, Call, Refusal, collection, folded, guid, ok};

/// One partner of the programme.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Partner {
    pub(crate) mpn_id: String,
    pub(crate) tenant_id: String,
    pub(crate) name: String,
    /// Country of the location, ISO 3166 alpha-2.
    pub(crate) location: String,
    pub(crate) region: String,
    pub(crate) role: Role,
    /// `false` for a global account, which cannot be on record.
    #[serde(default = "yes")]
    pub(crate) is_location: bool,
    #[serde(default = "yes")]
    pub(crate) agreement_signed: bool,
    /// State of the partnership with us, e.g. `Active`; absent = none.
    #[serde(default)]
    pub(crate) relationship: Option<String>,
    /// Made by API in Microsoft's sandbox, where nobody else counts.
    #[serde(default)]
    pub(crate) sandbox: bool,
    /// Initial domain of its tenant; known of the sandbox's resellers only.
    #[serde(default)]
    pub(crate) domain: Option<String>,
}

fn yes() -> bool {
    true
}

/// What a partner is in the CSP programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Role {
    /// The provider that calls this API.
    Ourselves,
    /// Another indirect provider.
    IndirectProvider,
    IndirectReseller,
    /// In Partner Center, but not enrolled in CSP.
    NotEnrolled,
}

impl Entity for Partner {
    const KIND: &'static str = "partner";
}

impl Partner {
    fn is_active(&self) -> bool {
        self.relationship.as_deref() == Some("Active")
    }
}

/// The partners that every simulator starts with.
pub(crate) fn known(seed: &Seed) -> Vec<Partner> {
    let partner = |mpn: &str, name: &str, location: &str| Partner {
        mpn_id: mpn.to_owned(),
        tenant_id: seed.guid("partner", &[mpn]),
        name: name.to_owned(),
        location: location.to_owned(),
        region: "EMEA".to_owned(),
        role: Role::IndirectReseller,
        is_location: true,
        agreement_signed: true,
        relationship: Some("Active".to_owned()),
        sandbox: false,
        domain: None,
    };
    vec![
        Partner {
            tenant_id: seed.guid("provider tenant", &[]),
            role: Role::Ourselves,
            relationship: None,
            ..partner("6000001", "Levante Distribution SpA", "IT")
        },
        Partner {
            role: Role::IndirectProvider,
            relationship: None,
            ..partner("6000002", "Trey Research Distribution GmbH", "DE")
        },
        partner("6100001", "Fabrikam Cloud Srl", "IT"),
        partner("6100002", "Northwind Licenze Srl", "IT"),
        partner("6100003", "Adatum GmbH", "DE"),
        Partner { role: Role::NotEnrolled, relationship: None, ..partner("6200001", "Litware Consulting Srl", "IT") },
        Partner { region: "NorthAmerica".to_owned(), relationship: None, ..partner("6200002", "Proseware Inc", "US") },
        Partner { agreement_signed: false, ..partner("6200003", "Tailspin Servizi Srl", "IT") },
        Partner { relationship: None, ..partner("6200004", "Wingtip Soluzioni Srl", "IT") },
        Partner { relationship: Some("Inactive".to_owned()), ..partner("6200005", "Lucerne Informatica Srl", "IT") },
        Partner { is_location: false, relationship: None, ..partner("6200006", "Woodgrove Group SpA", "IT") },
    ]
}

/// The provider itself.
pub(crate) fn ourselves(world: &World) -> Option<&Partner> {
    world.partners.values().find(|p| p.role == Role::Ourselves)
}

/// Our own MPN id.
pub(crate) fn mpn_id_of_ours(world: &World) -> &str {
    ourselves(world).map_or("", |partner| &partner.mpn_id)
}

/// The CSP region that we sell in.
pub(crate) fn region_of_ours(world: &World) -> String {
    ourselves(world).map_or("EMEA", |partner| &partner.region).to_owned()
}

/// Refuses an MPN id that cannot be partner on record (contract 2.3, 8.4).
pub(crate) fn check_partner_on_record(world: &World, mpn_id: &str) -> Result<(), Refusal> {
    let refuse =
        |status, code, text: &str| Err(Refusal::new(status, code, format!("Partner {mpn_id}: {text}")).with(mpn_id));
    let Some(partner) = world.partners.get(mpn_id) else {
        return refuse(404, 800_015, "the MPN id was not found.");
    };
    match partner.role {
        Role::Ourselves | Role::IndirectProvider => {
            return refuse(404, 2072, "the MPN id is that of an indirect provider.");
        }
        Role::NotEnrolled => {
            return refuse(400, 800_016, "the MPN id is not a valid indirect reseller.");
        }
        Role::IndirectReseller => {}
    }
    if !sandbox::knows(world, partner) {
        return refuse(400, 800_016, "the MPN id is not one of the sandbox.");
    }
    if !partner.is_location {
        let text = "the PLA id is not linked to an active CSP indirect reseller tenant.";
        return refuse(400, 900_154, text);
    }
    if !partner.agreement_signed {
        return refuse(403, 900_123, "the Microsoft Partner Agreement was not accepted.");
    }
    if !partner.is_active() {
        return refuse(400, 900_154, "no active partnership with this indirect provider.");
    }
    Ok(())
}

/// Refuses a tenant id that cannot be the reseller of a new customer (contract 9.2).
pub(crate) fn check_associated_partner(world: &World, tenant: &str) -> Result<(), Refusal> {
    let partner = world.partners.values().find(|p| p.tenant_id == tenant);
    match partner {
        Some(partner) if partner.role != Role::Ourselves => {
            check_partner_on_record(world, &partner.mpn_id).map_err(|refusal| {
                if partner.is_location && partner.agreement_signed { not_a_reseller(tenant) } else { refusal }
            })
        }
        _ => Err(not_a_reseller(tenant)),
    }
}

fn not_a_reseller(tenant: &str) -> Refusal {
    let text = format!("The associated partner {tenant} is not a valid indirect reseller.");
    Refusal::new(400, 800_016, text).with(tenant)
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/profiles/mpn", get(profile))
        .route("/v1/relationships", get(relationships))
        .route("/v1/customers/{customer}/relationships", get(of_customer))
        .route("/v1/compliance/csp/agreementstatus", get(agreement_status))
}

async fn profile(State(sim): State<Sim>, call: Call) -> Answer {
    call.needs_user()?;
    sim.read(|world, _| {
        let partner = match call.parameter("mpnId") {
            None => ourselves(world),
            Some(mpn) => world.partners.get(mpn),
        };
        let partner = partner.ok_or_else(|| Refusal::new(404, 3000, "No partner was found with the given MPN id."))?;
        ok(&json!({"partnerName": partner.name, "mpnId": partner.mpn_id, "profileType": "MpnProfile",
            "links": {"self": crate::wire::link(&format!("/profiles/mpn?mpnId={}", partner.mpn_id))},
            "attributes": {"objectType": "MpnProfile"}}))
    })
}

async fn relationships(State(sim): State<Sim>, call: Call) -> Answer {
    call.needs_user()?;
    let kind = call.parameter("relationship_type").map(folded);
    let ours = match kind.as_deref() {
        Some("isindirectcloudsolutionproviderof") => true,
        Some("isindirectresellerof") => false,
        _ => {
            return Err(Refusal::invalid(
                "relationship_type must be IsIndirectCloudSolutionProviderOf or IsIndirectResellerOf.",
            ));
        }
    };
    sim.read(|world, _| {
        let items = world
            .partners
            .values()
            .filter(|_| ours)
            .filter_map(|partner| {
                let state = partner.relationship.as_ref().filter(|_| sandbox::knows(world, partner))?;
                let mut item = relationship(partner);
                item["state"] = json!(state);
                item["location"] = json!(partner.location);
                Some(item)
            })
            .collect();
        ok(&collection(items, "/relationships", None))
    })
}

fn relationship(partner: &Partner) -> Value {
    json!({"id": partner.tenant_id, "name": partner.name,
        "relationshipType": "is_indirect_cloud_solution_provider_of", "mpnId": partner.mpn_id,
        "attributes": {"objectType": "PartnerRelationship"}})
}

async fn of_customer(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let items = world
            .partners
            .values()
            .filter(|partner| customer.associated_partner.as_ref() == Some(&partner.tenant_id))
            .map(relationship)
            .collect();
        let path = format!("/customers/{}/relationships", customer.id);
        ok(&collection(items, &path, None))
    })
}

async fn agreement_status(State(sim): State<Sim>, call: Call) -> Answer {
    call.needs_user()?;
    let controllers = "PartnerApiServiceControllers";
    let compliance = "ComplianceController";
    let refuse = |code, text: &str| Refusal::new(400, code, text);
    let (mpn, tenant) = (call.parameter("mpnId"), call.parameter("tenantId"));
    if let (None, None) | (Some(_), Some(_)) = (mpn, tenant) {
        let code = if mpn.is_some() { 2000 } else { 2001 };
        return Err(refuse(code, "Give either mpnId or tenantId.").source(compliance));
    }
    sim.read(|world, _| {
        let partner = match (mpn, tenant) {
            (Some(mpn), _) => {
                if mpn.len() > 20 || !mpn.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(refuse(2000, "The MPN id must be numeric.").source(controllers));
                }
                let unknown = || refuse(2200, "The MPN id is not valid or not in Partner Center.");
                world.partners.get(mpn).ok_or_else(unknown)?
            }
            _ => {
                let id = tenant.and_then(guid);
                let id = id.ok_or_else(|| refuse(2000, "The tenant id must be a GUID.").source(controllers))?;
                let found = world.partners.values().find(|p| p.tenant_id == id);
                found.ok_or_else(|| refuse(2205, "The tenant id was not found."))?
            }
        };
        let region = ourselves(world).map(|us| us.region.as_str());
        if partner.role != Role::IndirectReseller {
            return Err(refuse(2204, "The account has no CSP indirect reseller enrolment."));
        }
        if Some(partner.region.as_str()) != region {
            return Err(refuse(2201, "The CSP region of the reseller is not ours."));
        }
        if !partner.agreement_signed {
            let code = if mpn.is_some() { 2203 } else { 2206 };
            return Err(refuse(code, "The Microsoft Partner Agreement was not signed."));
        }
        ok(&json!({"isAgreementSigned": true}))
    })
}
