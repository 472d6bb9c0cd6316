//! Invoices, balances, links to open lines, exports and webhook registrations. The first byte
//! chooses.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partner_center::{ExportState, LineItemQuery, fuzzing};

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    match choice % 6 {
        0 => {
            if let Ok(invoice) = fuzzing::invoice(body) {
                let _ = invoice.is_new_commerce();
                if let (Some(paid), Some(amount)) = (invoice.paid(), invoice.paid_amount) {
                    assert!((paid + amount).is_zero());
                }
                assert!(!invoice.id.trim().is_empty());
                let _ = format!("{invoice:?}");
            }
        }
        1 => drop(fuzzing::summaries(body)),
        2 => {
            for link in fuzzing::estimate_links(body).unwrap_or_default() {
                let _ = LineItemQuery::ready_made(&link);
            }
        }
        3 => {
            if let Ok(state) = fuzzing::export_state(body, Some("e7")) {
                export(&state);
            }
        }
        4 => drop(fuzzing::registration(body)),
        _ => drop(fuzzing::validation(body)),
    }
});

/// A signed address is https or on loopback, stays below its root, and no part of it is shown.
fn export(state: &ExportState) {
    if let ExportState::Succeeded(manifest) = state {
        let (id, created, etag) = (&manifest.id, manifest.created, &manifest.etag);
        let told = format!("id: {id:?}, created: {created:?}, etag: {etag:?}, blobs: {}", manifest.blobs.len());
        assert_eq!(format!("{state:?}"), format!("Succeeded(Manifest {{ {told}, .. }})"));
    }
    for link in fuzzing::export_links(state) {
        let loopback = ["http://localhost", "http://127.", "http://[::1]"].iter().any(|start| link.starts_with(start));
        assert!(link.starts_with("https://") || loopback, "{link}");
        let path = link.split('?').next().unwrap_or_default();
        assert!(!path.split('/').any(|piece| matches!(piece, "." | "..")), "{path}");
    }
}
