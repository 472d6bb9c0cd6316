//! `--sample N`: services with history, made the way resellers make them: as orders that the
//! workflow carries out, and seat changes on some of them afterwards.
//!
//! What is ordered follows from the seed alone, and each order has its own idempotency key:
//! a restart with the same seed adds nothing twice.

use crate::{
    cli::actor,
    operations::{Accepted, Actor, Once, Operations},
};
use licensing::{
    catalogue::Licence,
    contact::ContactInput,
    id::{AccountId, ServiceName},
    order::{AgreementInput, LineInput, OrderInput},
    service::ServiceState,
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// Most services that are made.
pub(super) const MOST: u32 = 100_000;
/// How often a background look for a delivered order is repeated, and how often in all.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const MOST_LOOKS: u32 = 1200;

const STEMS: [&str; 12] = [
    "Contoso",
    "Litware",
    "Proseware",
    "Tailspin",
    "Wingtip",
    "Adatum",
    "Lucerne",
    "Relecloud",
    "Woodgrove",
    "Coho",
    "Alpine",
    "Fourth Coffee",
];
const TRADES: [&str; 8] = ["Forni", "Giochi", "Viaggi", "Editore", "Vini", "Consulenza", "Trasporti", "Ottica"];
const PEOPLE: [(&str, &str); 6] = [
    ("Chiara", "Neri"),
    ("Luca", "Bianchi"),
    ("Anna", "Verdi"),
    ("Paolo", "Russo"),
    ("Elena", "Conti"),
    ("Marco", "Fontana"),
];

/// Numbers that follow from seed and index, and from nothing else.
struct Chosen([u8; 32]);

impl Chosen {
    fn new(seed: u64, index: u32) -> Chosen {
        Chosen(Sha256::digest([seed.to_be_bytes().as_slice(), &index.to_be_bytes()].concat()).into())
    }

    fn one_of<'a, T>(&self, position: usize, list: &'a [T]) -> &'a T {
        &list[usize::from(self.0[position % 32]) % list.len()]
    }

    fn between(&self, position: usize, from: u32, to: u32) -> u32 {
        from + u32::from(self.0[position % 32]) % (to - from + 1)
    }
}

/// Places the orders, half of them for each account, and lets the history follow in the background.
pub(super) async fn order(
    operations: &Arc<Operations>,
    accounts: &[(String, String)],
    seed: u64,
    count: u32,
) -> anyhow::Result<()> {
    let list = operations.price_list().await?;
    let licences: Vec<Licence> = list.orderable().filter(|l| !l.is_add_on() && l.minimum == 1).cloned().collect();
    anyhow::ensure!(!licences.is_empty(), "the price list holds no licence that a sample could order");
    let mut placed = Vec::new();
    for index in 0..count {
        let chosen = Chosen::new(seed, index);
        let (account, mpn_id) = &accounts[index as usize % accounts.len()];
        let actor = actor(AccountId::parse("account", account)?);
        let input = input(&chosen, index, mpn_id, &licences, operations.clock.business().to_string());
        let accepted =
            operations.place_order(&actor, &input, Some(once(format!("demo-sample/{seed}/{index}")))).await?;
        if index % 3 == 0 {
            placed.push((actor, accepted.service.name, chosen.between(9, 1, 12)));
        }
    }
    let operations = operations.clone();
    tokio::spawn(async move {
        for (actor, service, more) in placed {
            if let Err(e) = grow(&operations, &actor, &service, more, seed).await {
                tracing::warn!(%service, error = %e, "a sample service stays without history");
            }
        }
    });
    Ok(())
}

fn once(key: String) -> Once {
    // The seed and the index say all there is to say about the order.
    let body_hash = hex::encode(Sha256::digest(key.as_bytes()));
    Once { key, body_hash, answer }
}

fn answer(accepted: &Accepted) -> String {
    let order = accepted.order.as_ref().map(|o| o.id.0);
    serde_json::json!({ "orderId": order, "id": accepted.task.id.0 }).to_string()
}

fn input(chosen: &Chosen, index: u32, mpn_id: &str, licences: &[Licence], agreed_at: String) -> OrderInput {
    let (stem, trade) = (chosen.one_of(0, &STEMS), chosen.one_of(1, &TRADES));
    let (first_name, last_name) = *chosen.one_of(2, &PEOPLE);
    let plain: String =
        format!("{stem}{trade}").to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    let subdomain = format!("{plain}{index}");
    let email = format!("{}@{subdomain}.example", first_name.to_lowercase());
    let first = chosen.one_of(3, licences);
    let second = chosen.one_of(4, licences);
    let lines = [first, second]
        .into_iter()
        .take(if first.id == second.id { 1 } else { 2 })
        .zip([5, 6])
        .map(|(l, at)| LineInput { licence_id: l.id.to_string(), quantity: chosen.between(at, 1, 40).to_string() })
        .collect();
    OrderInput {
        mpn_id: mpn_id.to_owned(),
        custom_subdomain: subdomain,
        tenant_mode: String::new(),
        contact: ContactInput {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: email.clone(),
            phone: format!("051 {:07}", 1_000_000 + index),
            address: format!("Via Zamboni {}", chosen.between(7, 1, 90)),
            city: "Bologna".to_owned(),
            zip_code: "40126".to_owned(),
            country: "IT".to_owned(),
            company_name: format!("{stem} {trade} Srl"),
            ..ContactInput::default()
        },
        agreement: AgreementInput {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email,
            agreed_at,
        },
        lines,
    }
}

/// Once the service is delivered, its first subscription gets more seats.
async fn grow(
    operations: &Operations,
    actor: &Actor,
    service: &ServiceName,
    more: u32,
    seed: u64,
) -> anyhow::Result<()> {
    for _ in 0..MOST_LOOKS {
        let ready = operations.service(&actor.account, service).await?.state == ServiceState::Ok;
        let idle = operations.subscriptions(&actor.account, service).await?.into_iter().find(|s| s.task.is_none());
        if let Some(subscription) = idle.filter(|_| ready) {
            let seats = (subscription.seats.get() + more).to_string();
            let once = once(format!("demo-sample/{seed}/{service}/seats"));
            if operations.answered_before(&actor.account, &once).await?.is_none() {
                operations.change_seats(actor, service, subscription.id, &seats, Some(once)).await?;
            }
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    anyhow::bail!("it was not delivered in time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_follows_from_its_seed() {
        let licence: Licence = serde_json::from_value(serde_json::json!({
            "id": 1, "sku": { "product": "a", "sku": "b" }, "segment": "commercial", "term": "P1Y", "plan": "monthly",
            "name": "L", "bases": [], "minimum": 1, "limit": null, "new_subscriptions": true, "new_seats": true,
            "price": { "amount": "1", "currency": "EUR" }, "tax_percent": "22"
        }))
        .expect("a licence");
        let make = |seed, index| {
            input(&Chosen::new(seed, index), index, "6100001", std::slice::from_ref(&licence), "x".into())
        };
        assert_eq!(make(1, 7), make(1, 7));
        assert_ne!(make(1, 7), make(2, 7));
        for index in 0..200 {
            let checked = make(3, index).contact.check("contact", "it");
            assert!(checked.is_ok(), "{index}: {checked:?}");
        }
    }
}
