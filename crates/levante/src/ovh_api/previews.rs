//! The preview of an order (`POST /levante/order/preview`): ours, nothing of OVHcloud's.

use super::{
    answer::{Answer, Outcome, datetime, number, price, prices},
    models::preview::{ORDER_PREVIEW, PREVIEW_CREATION},
    orders::one_call,
    routing::{Call, Repeat, Route},
    schema::{Body, Kind},
};
use crate::{
    locale::{Language, Text},
    operations::{
        checks::{Check, Verdict},
        previews::{Preview, PricedLine, Warned},
    },
};
use licensing::{id::Subdomain, invalid::Invalid};
use serde_json::{Value, json};

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[Route::post(
    "/levante/order/preview",
    "Check an order and see what it costs, without ordering",
    Kind::Of(&ORDER_PREVIEW),
    |call| Box::pin(preview(call)),
)
.body(Body::Whole(&PREVIEW_CREATION))
.repeat(Repeat::Natural)];

async fn preview(mut call: Call) -> Outcome {
    let input = one_call(&mut call.body)?;
    let operations = &call.door.operations;
    let account = operations.account(&call.caller()?.account).await?;
    let preview = operations.preview_order(&account.id, &input, operations.policy.preview_waits).await?;
    let text = Language::read(&account.language).unwrap_or(Language::FALLBACK).text();
    let name = Subdomain::parse("customSubdomain", &input.custom_subdomain).ok();
    let warnings = preview.warnings();
    Answer::of(&json!({
        "orderable": preview.blocks.is_empty(),
        "serviceName": name.map(|name| name.service_name()),
        "blocks": preview.blocks.iter().map(|wrong| block(text, wrong)).collect::<Vec<_>>(),
        "warnings": warnings.iter().map(|warned| warning(text, warned)).collect::<Vec<_>>(),
        "lines": preview.lines.iter().map(|(index, line)| line_json(*index, line)).collect::<Vec<_>>(),
        "firstBill": preview.sums.as_ref().map(|sums| prices(sums.net, sums.tax)),
        "commitment": preview.sums.as_ref().map(|sums| prices(sums.commitment, sums.commitment_tax)),
        "cancellableUntil": datetime(preview.refundable_until),
        "checks": checks(&preview),
    }))
}

fn block(text: Text, wrong: &Invalid) -> Value {
    json!({
        "code": wrong.rule.code(), "field": wrong.field, "value": wrong.value,
        "sentence": text.invalid(wrong), "cure": text.cure(&wrong.rule),
    })
}

fn warning(text: Text, warned: &Warned) -> Value {
    let code = warned.warning.code();
    let (sentence, cure) = text.warning(code, warned.warning.check().unwrap_or_default());
    json!({ "code": code, "field": warned.field, "value": warned.value, "sentence": sentence, "cure": cure })
}

fn line_json(index: usize, priced: &PricedLine) -> Value {
    let (line, licence) = (&priced.line, &priced.line.licence);
    json!({
        "line": index, "licenceId": licence.id, "description": licence.name, "quantity": line.seats.get(),
        "unitPrice": price(licence.price), "taxPercent": number(licence.tax_percent),
        "duration": licence.term.iso(), "interval": licence.plan.months(), "bills": line.bills(),
        "firstBill": prices(line.bill(), line.bill_tax()),
        "commitment": prices(line.commitment(), line.commitment_tax()),
        "bindsUntil": datetime(priced.binds_until),
    })
}

fn checks(preview: &Preview) -> Vec<Value> {
    let verdict = |check: &Check| match &check.verdict {
        None => ("notChecked", Vec::new()),
        Some(Verdict::Good { .. }) => ("good", Vec::new()),
        Some(Verdict::Doubtful { hints }) => ("doubtful", hints.clone()),
        Some(Verdict::Bad { .. }) => ("bad", Vec::new()),
        Some(Verdict::Unavailable) => ("unavailable", Vec::new()),
    };
    let shown = |check: &Check| {
        let (word, hints) = verdict(check);
        json!({
            "check": check.question.kind(), "field": check.question.field(), "verdict": word,
            "checkedAt": check.answered_at.map(datetime), "hints": hints,
        })
    };
    preview.checks.iter().map(shown).collect()
}
