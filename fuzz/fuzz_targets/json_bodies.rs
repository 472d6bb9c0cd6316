//! Resources of the API: whatever can be read can be written and read again, and is then the same.
//! The first byte chooses the resource; a change of a subscription keeps every member it does not
//! know.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partner_center::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn twice<T: DeserializeOwned + Serialize>(body: &[u8]) -> Option<T> {
    let first: T = serde_json::from_slice(body).ok()?;
    let written = serde_json::to_vec(&first).expect("what was read can be written");
    let second: T = serde_json::from_slice(&written).expect("what was written can be read");
    let again = serde_json::to_vec(&second).expect("written again");
    assert_eq!(written, again, "reading and writing changes {}", String::from_utf8_lossy(&written));
    Some(second)
}

fn subscription(body: &[u8]) {
    let Ok(raw) = serde_json::from_slice::<Value>(body) else { return };
    let Some(read) = twice::<Subscription>(body) else { return };
    assert_eq!(read.raw(), &raw, "every member stays");
    // Every view of it, for what it may panic on.
    let _ = (read.id(), read.order_id(), read.offer_id(), read.product_and_sku(), read.status(), read.partner_id());
    let _ = (read.refundable(), read.commitment_end(), read.renewal_term_duration(), read.etag());
    assert!(!format!("{read:?}").is_empty());
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    match choice % 16 {
        0 => drop(twice::<Customer>(body)),
        1 => drop(twice::<Cart>(body).map(|cart| format!("{cart:?}"))),
        2 => drop(twice::<Checkout>(body).map(|checkout| checkout.outcome())),
        3 => drop(twice::<Order>(body).map(|order| order.is_fulfilled())),
        4 => subscription(body),
        5 => drop(twice::<Product>(body)),
        6 => drop(twice::<Sku>(body).map(|sku| (sku.is_add_on(), sku.prerequisite_skus().len()))),
        7 => drop(twice::<Availability>(body).map(|availability| {
            let _ = availability.term("P1Y", &BillingCycle::Monthly);
        })),
        8 => drop(twice::<AuditRecord>(body).map(|record| (record.new_value(), record.old_value()))),
        9 => drop(twice::<Agreement>(body)),
        10 => drop(twice::<AgreementMetadata>(body)),
        11 => drop(twice::<Qualification>(body)),
        12 => drop(twice::<MpnProfile>(body)),
        13 => drop(twice::<PartnerRelationship>(body).map(|relationship| relationship.is_active_with("7000101"))),
        14 => drop(twice::<AddressCheck>(body)),
        _ => drop(twice::<LineProvisioning>(body)),
    }
});
