//! Prices and orders as before the cart (contracts/ovh-api.md §6.3 and §6.4): names of licences that OVHcloud
//! froze long ago, which the provider gives to lines of its price list.

use super::{
    answer::{Answer, Outcome, price, prices},
    models::cart::{ORDER, PRICE},
    problem::Refusal,
    routing::{Call, Route},
    schema::{Body, Field, Kind, Model, STRINGS},
};
use crate::operations::{
    catalogue::{PRICE_NAMES, PriceList},
    orders::quote,
};
use licensing::{
    catalogue::Licence,
    invalid::{Invalid, Rule},
    money::{Currency, Money},
    order::{LineInput, OrderLine, check_line},
    rust_decimal::Decimal,
};
use serde_json::{Value, json};

/// The frozen names.
pub(super) static LICENCE_NAME: Model =
    Model::one_of("price.Saas.Csp2.LicenseEnum", "Licences by names of long ago", PRICE_NAMES);

const GIFT_CODE: Field = Field::set("giftCode", Kind::String, "A gift code: none is taken").like("SPRING");
const BUSINESS: Field = Field::set("officeBusinessQuantity", Kind::Long, "Seats of Business").like("5");
const PRO_PLUS: Field = Field::set("officeProPlusQuantity", Kind::Long, "Seats of ProPlus").like("5");

/// The names whose quantities can be given, and where.
const QUANTITIES: [(&str, &str); 2] = [(BUSINESS.name, "Business"), (PRO_PLUS.name, "ProPlus")];

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/price/saas/csp2/license/{licenseName}", "What a licence costs in a month", Kind::Of(&PRICE), |call| {
        Box::pin(licence_price(call))
    }),
    Route::get("/order/saas/csp2/new", "The terms that a tenant can be priced for", STRINGS, |call| {
        Box::pin(durations(call))
    }),
    Route::get("/order/saas/csp2/new/{duration}", "What a tenant would cost", Kind::Of(&ORDER), |call| {
        Box::pin(priced(call))
    })
    .query(&[GIFT_CODE, BUSINESS, PRO_PLUS]),
    Route::post(
        "/order/saas/csp2/new/{duration}",
        "Order a tenant: refused, since an MPN id is mandatory and cannot be given here",
        Kind::Of(&ORDER),
        |call| Box::pin(refused(call)),
    )
    .body(Body::Loose(&[GIFT_CODE, BUSINESS, PRO_PLUS])),
];

async fn licence_price(call: Call) -> Outcome {
    call.caller()?;
    let list = call.door.operations.price_list().await?;
    match list.named(call.value(0)) {
        Some(licence) => {
            let (amount, currency) = (licence.price.amount, licence.price.currency);
            Answer::of(&price(Money { amount: amount / Decimal::from(licence.plan.months()), currency }))
        }
        None => Err(Refusal::no_object(call.value(0))),
    }
}

/// A named licence that can be ordered.
fn sold<'a>(list: &'a PriceList, name: &str) -> Option<&'a Licence> {
    list.named(name).filter(|licence| list.is_orderable(licence))
}

/// The terms of the named licences that can be ordered, each once.
fn terms(list: &PriceList) -> Vec<&'static str> {
    let mut terms: Vec<&str> =
        QUANTITIES.iter().filter_map(|(_, name)| sold(list, name)).map(|l| l.term.iso()).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

async fn durations(call: Call) -> Outcome {
    call.caller()?;
    let list = call.door.operations.price_list().await?;
    Answer::of(&terms(&list))
}

/// The term of the path.
fn term(call: &Call, list: &PriceList) -> Result<&'static str, Refusal> {
    terms(list).into_iter().find(|term| *term == call.value(0)).ok_or_else(|| Refusal::no_object(call.value(0)))
}

async fn priced(call: Call) -> Outcome {
    call.caller()?;
    let list = call.door.operations.price_list().await?;
    let term = term(&call, &list)?;
    if let Some(code) = call.query(GIFT_CODE.name) {
        return Err(Refusal::invalid(GIFT_CODE.name, code, Rule::NotOffered));
    }
    let (mut lines, mut wrong): (Vec<OrderLine>, Vec<Invalid>) = (Vec::new(), Vec::new());
    for (field, name) in QUANTITIES {
        let Some(quantity) = call.query(field).filter(|quantity| *quantity != "0") else { continue };
        let Some(licence) = sold(&list, name).filter(|l| l.term.iso() == term) else {
            wrong.push(Invalid::new(field, quantity, Rule::NotOffered));
            continue;
        };
        let line = LineInput { licence_id: licence.id.to_string(), quantity: quantity.to_owned() };
        match check_line("", &line, |id| list.get(id).cloned()) {
            Ok(line) => lines.push(line),
            Err(e) => wrong.push(Invalid { field: field.to_owned(), ..e }),
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::all_invalid(&wrong));
    }
    Answer::of(&order_json(&lines, &list)?)
}

/// `order.Order` of what would be ordered.
fn order_json(lines: &[OrderLine], list: &PriceList) -> Result<Value, Refusal> {
    let currency = list.orderable().next().map_or(Currency::EUR, |l| l.price.currency);
    let zero = Money::zero(currency);
    let detail = |description: &str, quantity: u32, unit: Money| {
        let total = price(unit.times(quantity));
        json!({
            "cartItemID": Value::Null, "description": description, "detailType": "INSTALLATION", "domain": "*001",
            "quantity": quantity, "unitPrice": price(unit), "totalPrice": total, "originalTotalPrice": total,
            "reductionTotalPrice": price(Money::zero(unit.currency)), "reductions": [],
        })
    };
    let mut details = vec![detail("Microsoft 365 tenant", 1, zero)];
    details.extend(lines.iter().map(|line| detail(&line.licence.name, line.seats.get(), line.licence.price)));
    let (net, tax) = match lines {
        [] => (zero, zero),
        lines => quote(lines).map(|quote| (quote.net, quote.tax))?,
    };
    let prices = prices(net, tax);
    Ok(json!({ "contracts": [], "details": details, "orderId": Value::Null, "url": Value::Null, "prices": prices }))
}

async fn refused(call: Call) -> Outcome {
    call.caller()?;
    let list = call.door.operations.price_list().await?;
    term(&call, &list)?;
    Err(Refusal::bad(
        "A tenant cannot be ordered here: since 2022-07-01 Microsoft wants an MPN id on every purchase, and the end \
         customer's contact, neither of which this call takes. Use POST /levante/order, or a cart: POST /order/cart",
    ))
}
