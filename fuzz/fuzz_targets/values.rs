//! Texts of single values: instants, dates of price lists, amounts, months, words, links.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partner_center::{BillingCycle, ChargeType, ExportOperation, Instant, Month, SubscriptionStatus, fuzzing};
use partner_center::{exact_sum, seat_subtotal, usage_subtotal};
use rust_decimal::Decimal;

fuzz_target!(|input: &str| {
    instant(input);
    list_date(input);
    amounts(input);
    if let Ok(month) = input.parse::<Month>() {
        assert_eq!(month.to_string(), input.trim());
        assert_eq!(Month::new(month.year(), month.month()), Ok(month));
    }
    words(input);
    let _ = fuzzing::link_path(input);
    if let Ok(operation) = ExportOperation::from_url(input) {
        let id = fuzzing::operation_id(&operation);
        assert!(!id.is_empty() && !id.contains(['/', '?', '#', '%']) && id != "..", "{id}");
        assert_eq!(ExportOperation::from_url(operation.url()).ok(), Some(operation));
    }
});

/// A moment is printed in UTC with `Z` and is read again as the same moment.
fn instant(text: &str) {
    let Ok(moment) = text.parse::<Instant>() else { return };
    let printed = moment.to_string();
    assert!(printed.ends_with('Z'), "{printed}");
    assert_eq!(printed.parse::<Instant>(), Ok(moment), "{text} {printed}");
    let json = serde_json::to_string(&moment).expect("text");
    assert_eq!(serde_json::from_str::<Instant>(&json).expect("moment"), moment);
}

fn list_date(text: &str) {
    if let Some(Some(moment)) = fuzzing::list_date(text) {
        assert_eq!(fuzzing::list_date(&moment.to_string()), Some(Some(moment)), "{text}");
    }
}

/// No digit is lost: what is read prints as what was written, up to zeros and exponent.
fn amounts(text: &str) {
    let all: Vec<Decimal> = text.split_ascii_whitespace().take(8).filter_map(one_amount).collect();
    if let Some(sum) = exact_sum(all.iter().copied()) {
        let mut reversed = all.clone();
        reversed.reverse();
        if let Some(other) = exact_sum(reversed) {
            assert_eq!(sum, other, "{all:?}");
        }
    }
    if let [price, rate, quantity, ..] = all[..] {
        if let Some(subtotal) = usage_subtotal(price, rate, quantity) {
            assert!(subtotal.normalize().scale() <= 2, "{subtotal}");
        }
        let Some(subtotal) = seat_subtotal(price, rate, quantity) else { return };
        if let Some(unit) = seat_subtotal(price, rate, Decimal::ONE) {
            assert!(unit.normalize().scale() <= 2, "cut to cents: {unit}");
            assert!(
                price.is_zero()
                    || unit.is_zero()
                    || (unit < Decimal::ZERO) == ((price < Decimal::ZERO) != (rate < Decimal::ZERO))
            );
            if let Some(product) = unit.checked_mul(quantity) {
                assert_eq!(product, subtotal, "{price} {rate} {quantity}");
            }
        }
    }
}

fn one_amount(text: &str) -> Option<Decimal> {
    let amount = fuzzing::amount(text)?;
    let printed = amount.to_string();
    assert_eq!(fuzzing::amount(&printed), Some(amount), "{text} {printed}");
    if !text.contains(['e', 'E']) {
        assert_eq!(significant(text), significant(&printed), "{text} {printed}");
    }
    Some(amount)
}

/// The digits that count, and where the point is.
fn significant(text: &str) -> (bool, String, String) {
    let text = text.trim();
    let digits = text.trim_start_matches(['-', '+']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let negative = text.starts_with('-') && !(whole.is_empty() && fraction.is_empty());
    (negative, whole.to_owned(), fraction.to_owned())
}

/// A word that is not known stays as it is.
fn words(text: &str) {
    macro_rules! check {
        ($($word:ident),+) => { $({
            let word = $word::from(text);
            if matches!(&word, $word::Other(_)) {
                assert_eq!(word.as_str(), text);
            }
            assert_eq!($word::from(word.as_str()), word);
        })+ };
    }
    check!(BillingCycle, ChargeType, SubscriptionStatus);
}
