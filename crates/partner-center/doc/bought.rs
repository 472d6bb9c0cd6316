include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));

/// A simulator with a tenant that may buy, and what an example needs to go on.
#[allow(dead_code, reason = "every example uses another part")]
struct Bought {
    simulator: partner_center_simulator::Simulator,
    client: partner_center::Client,
    customer: String,
    item: String,
    order: String,
    subscription: String,
}

// A tenant of the reseller 6100001 with its agreement and five seats, an hour after the purchase.
async fn bought() -> Result<Bought, Box<dyn std::error::Error>> {
    use partner_center::*;

    let (simulator, client) = simulated().await?;
    let calls = std::cell::Cell::new(0_u128);
    let call = || {
        calls.set(calls.get() + 1);
        Call { request_id: uuid::Uuid::from_u128(calls.get()), correlation_id: uuid::Uuid::from_u128(1) }
    };
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let advance = || async {
        let url = format!("{}/control/clock/advance", simulator.control_url());
        let sent = http.post(url).bearer_auth(simulator.control_token()).body(r#"{"by":"PT1H"}"#);
        sent.header("Content-Type", "application/json").send().await?.error_for_status()
    };
    let resellers = client.resellers().await?;
    let reseller = resellers.into_iter().find(|one| one.is_active_with("6100001")).ok_or("no partnership")?;
    let contact = AgreementContact {
        first_name: "Primary".into(),
        last_name: "Contact".into(),
        email: "orders@contosobakery.example".into(),
        phone_number: None,
    };
    let new = NewCustomer {
        domain: "contosobakery.onmicrosoft.com".into(),
        organization_registration_number: None,
        company_name: "Contoso Bakery".into(),
        email: contact.email.clone(),
        culture: "it-IT".into(),
        language: "it".into(),
        address: Address {
            country: Some("IT".into()),
            city: Some("Bologna".into()),
            state: Some("BO".into()),
            address_line1: Some("Via Contoso 1".into()),
            postal_code: Some("40126".into()),
            first_name: Some("Primary".into()),
            last_name: Some("Contact".into()),
            ..Address::default()
        },
        associated_partner_id: reseller.id,
        enable_gdap_by_default: true,
    };
    let customer = client.create_customer(&call(), &new).await?.customer.id;
    advance().await?;
    let template_id = client.agreement_template().await?.ok_or("no template")?.template_id;
    let date_agreed = "2026-01-02T03:04:05Z".parse()?;
    client.confirm_agreement(&call(), &customer, &NewAgreement { contact, template_id, date_agreed }).await?;
    let offers = client.availabilities(CatalogueOf::Customer(&customer), "CFQ7LV000001", "0001", None).await?;
    let offer = offers.into_iter().find(|offer| offer.term("P1Y", &BillingCycle::Monthly).is_some());
    let item = offer.ok_or("not on sale")?.catalog_item_id;
    let line = NewCartLine::new(&item, 5, BillingCycle::Monthly, "P1Y", "6100001");
    let cart = client.create_cart(&call(), &customer, &NewCart { lines: vec![line] }).await?;
    let order = client.check_out(&call(), &customer, &cart.cart().id).await?.orders.remove(0).id;
    advance().await?;
    let fulfilled = client.order(&customer, &order).await?;
    let subscription = fulfilled.line_items[0].subscription_id.clone().ok_or("not provisioned")?;
    Ok(Bought { simulator, client, customer, item, order, subscription })
}
