//! Paying and bills (contracts/ovh-api.md §6.5). Levante bills nobody: what an order costs stands in
//! `/me/order`, and the provider bills it by its own means. So there is no bill, no payment and no registered
//! payment method, and nothing here says otherwise.

use super::{
    answer::{Answer, Outcome},
    models::bill as models,
    orders::{order, span},
    problem::Refusal,
    routing::{Call, Objects, Repeat, Route},
    schema::{Body, Field, Kind, LONGS, STRINGS},
};
use serde_json::{Map, Value, json};

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get(
        "/me/order/{orderId}/payment",
        "The payment of an order: none here",
        Kind::Of(&models::PAYMENT),
        |call| Box::pin(payment(call)),
    ),
    Route::get(
        "/me/order/{orderId}/paymentMeans",
        "The ways to pay an order: none here",
        Kind::Of(&models::PAYMENT_MEANS),
        |call| Box::pin(payment_means(call)),
    ),
    Route::get(
        "/me/order/{orderId}/paymentMethods",
        "The payment methods of an order: none here",
        Kind::Of(&models::PAYMENT_METHODS),
        |call| Box::pin(payment_methods(call)),
    ),
    Route::get(
        "/me/order/{orderId}/availableRegisteredPaymentMean",
        "The registered ways to pay an order: none here",
        Kind::List(&Kind::Of(&models::REGISTERED)),
        |call| Box::pin(registered(call)),
    ),
    Route::post("/me/order/{orderId}/pay", "Pay an order: only one that costs nothing", Kind::Void, |call| {
        Box::pin(pay(call))
    })
    .body(Body::Loose(&[Field::must("paymentMethod", Kind::Of(&models::METHOD_ID), "The payment method")]))
    .repeat(Repeat::Natural),
    Route::post(
        "/me/order/{orderId}/payWithRegisteredPaymentMean",
        "Pay an order in a registered way: only one that costs nothing",
        Kind::Void,
        |call| Box::pin(pay_registered(call)),
    )
    .body(Body::Loose(&[
        Field::must("paymentMean", Kind::Of(&models::REUSABLE), "The way").like("fidelityAccount"),
        Field::set("paymentMeanId", Kind::Long, "Its number").like("1"),
    ]))
    .repeat(Repeat::Natural),
    Route::post(
        "/me/order/{orderId}/waiveRetraction",
        "Waive the right to withdraw: a company has none",
        Kind::Void,
        |call| Box::pin(waive(call)),
    )
    .repeat(Repeat::Natural),
    Route::post("/me/order/{orderId}/retraction", "Withdraw from an order: not offered", Kind::Void, |call| {
        Box::pin(retract(call))
    })
    .body(Body::Loose(&[
        Field::must("reason", Kind::Of(&models::RETRACTION_REASON), "Why").like("other"),
        Field::set("comment", Kind::String, "More about it").like("Ordered by mistake"),
    ])),
    Route::get("/me/payment/method", "The registered payment methods: none here", LONGS, |call| {
        Box::pin(methods(call))
    })
    .query(&[
        Field::set("default", Kind::Boolean, "Only the default one"),
        Field::set("paymentType", Kind::String, "Only those of this type").like("CREDIT_CARD"),
        Field::set("status", Kind::String, "Only those in this state").like("VALID"),
    ]),
    Route::get("/me/bill", "The bills of the account: none is written here", models::BILL_IDS, |call| {
        Box::pin(bills(call))
    })
    .query(&[
        Field::set("category", Kind::Of(&models::CATEGORY), "Only those about this").like("purchase"),
        Field::set("date.from", Kind::Datetime, "Only those written since then"),
        Field::set("date.to", Kind::Datetime, "Only those written until then"),
        Field::set("orderId", Kind::Long, "Only those of this order").like("1001"),
    ])
    .objects(Objects::All(|call| Box::pin(bill_objects(call)))),
    Route::get("/me/bill/{billId}", "A bill", Kind::Of(&models::BILL), |call| Box::pin(no_bill(call))),
    Route::get("/me/bill/{billId}/details", "The lines of a bill", STRINGS, |call| Box::pin(no_bill(call))),
    Route::get(
        "/me/bill/{billId}/details/{billDetailId}",
        "A line of a bill",
        Kind::Of(&models::BILL_DETAIL),
        |call| Box::pin(no_bill(call)),
    ),
    Route::get("/me/bill/{billId}/payment", "The payment of a bill", Kind::Of(&models::PAYMENT), |call| {
        Box::pin(no_bill(call))
    }),
];

async fn payment(call: Call) -> Outcome {
    order(&call).await?;
    Answer::of(&json!({ "paymentDate": Value::Null, "paymentIdentifier": Value::Null, "paymentType": "none" }))
}

async fn payment_means(call: Call) -> Outcome {
    order(&call).await?;
    let none = models::PAYMENT_WAYS.map(|way| (way.to_owned(), Value::Null));
    Answer::of(&none.into_iter().collect::<Map<_, _>>())
}

async fn payment_methods(call: Call) -> Outcome {
    order(&call).await?;
    Answer::of(&json!({ "available": [], "registered": [] }))
}

async fn registered(call: Call) -> Outcome {
    order(&call).await?;
    Answer::of(&Vec::<Value>::new())
}

async fn pay(mut call: Call) -> Outcome {
    let order = order(&call).await?;
    if call.body.value("paymentMethod").and_then(|method| method.get("id")).is_none() {
        call.body.required("paymentMethod");
    }
    call.body.checked()?;
    paid(order.net.amount.is_zero())
}

async fn pay_registered(mut call: Call) -> Outcome {
    let order = order(&call).await?;
    call.body.required("paymentMean");
    call.body.checked()?;
    paid(order.net.amount.is_zero())
}

/// An order that costs nothing is paid by itself; any other one is not paid here.
fn paid(costs_nothing: bool) -> Outcome {
    match costs_nothing {
        true => Answer::void(),
        false => Err(Refusal::conflict(
            "Orders are not paid here: this one was accepted and is carried out without, and your provider bills it",
        )),
    }
}

/// There is no right to waive: an order is carried out at once.
async fn waive(call: Call) -> Outcome {
    order(&call).await?;
    Answer::void()
}

async fn retract(mut call: Call) -> Outcome {
    order(&call).await?;
    call.body.required("reason");
    call.body.checked()?;
    Err(Refusal::conflict(
        "An order cannot be withdrawn from. Within 7 days of the purchase each subscription can be cancelled with a \
         refund: DELETE /saas/csp2/{serviceName}/subscription/{id}",
    ))
}

async fn methods(call: Call) -> Outcome {
    call.caller()?;
    Answer::of(&Vec::<i64>::new())
}

async fn bills(call: Call) -> Outcome {
    call.caller()?;
    span(&call)?;
    Answer::of(&Vec::<String>::new())
}

async fn bill_objects(call: Call) -> Result<Vec<Value>, Refusal> {
    span(&call)?;
    Ok(Vec::new())
}

async fn no_bill(call: Call) -> Outcome {
    call.caller()?;
    Err(Refusal::no_object(call.value(0)))
}
