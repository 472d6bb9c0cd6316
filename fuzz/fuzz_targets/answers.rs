//! What may come instead of a resource: errors in any shape, answers of the token endpoint, pages.
//! The first byte chooses, the second is the status or the style.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partner_center::fuzzing;

const STATUSES: [u16; 12] = [200, 202, 400, 401, 403, 404, 409, 410, 412, 429, 500, 503];

fuzz_target!(|input: &[u8]| {
    let [choice, second, body @ ..] = input else { return };
    let status = STATUSES[usize::from(*second) % STATUSES.len()];
    match choice % 3 {
        0 => {
            let refusal = fuzzing::refusal(status, body);
            assert_eq!(refusal.status, status);
            assert!(refusal.raw.chars().count() <= 4096 && refusal.description.chars().count() <= 1024);
            let wait = refusal.wait();
            assert!(!refusal.is_busy() || wait.is_some(), "a busy answer says how long");
            assert!(!(refusal.is_busy() && refusal.is_stale()));
            let _ = (refusal.needs_user_token(), refusal.to_string(), format!("{refusal:?}"));
        }
        1 => match fuzzing::token(status, body) {
            Ok(life) => assert!(status == 200 && life.as_secs() <= 24 * 3600),
            Err(error) => {
                let _ = (error.is_passing(), error.retry_after());
                assert!(error.to_string().len() < 8192);
            }
        },
        _ => pages(*second, body),
    }
});

/// A next page never names a host and never says who we are; an end is an end.
fn pages(style: u8, body: &[u8]) {
    let asked: Vec<(String, String)> =
        [("size", "2"), ("filter", "f")].map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let Ok(page) = fuzzing::page(style, body, &asked) else { return };
    let Some(next) = page.next else { return };
    let (query, headers) = (fuzzing::next_query(&next), fuzzing::next_headers(&next));
    for (name, value) in headers {
        assert!(name.to_ascii_lowercase().starts_with("ms-"), "{name}");
        assert!(!name.eq_ignore_ascii_case("MS-RequestId") && !name.eq_ignore_ascii_case("MS-CorrelationId"));
        assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)));
    }
    assert!(query.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")), "what was asked for is kept");
}
