//! The list of orders, newest first.

use crate::{
    operations::orders::Order,
    panel::{
        Panel,
        fault::Fault,
        gate::Reseller,
        page::{Page, ok},
    },
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use licensing::id::OrderId;
use serde::Deserialize;

const PAGE: u32 = 50;

/// Which page.
#[derive(Deserialize)]
pub struct Asked {
    below: Option<i64>,
}

#[derive(Template)]
#[template(path = "orders/list.html")]
pub(in crate::panel) struct OrdersPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) orders: Vec<(Order, String, String)>,
    pub(in crate::panel) next: Option<OrderId>,
    pub(in crate::panel) first: bool,
}

/// The list.
pub async fn show(State(panel): State<Panel>, who: Reseller, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let mut orders = panel.ops.orders(&who.account, asked.below.map(OrderId), PAGE + 1).await?;
    let more = orders.len() > PAGE as usize;
    orders.truncate(PAGE as usize);
    let next = orders.last().filter(|_| more).map(|o| o.id);
    let p = Page::new(&panel, &who.visitor, "orders", &who.visitor.text.say("orders-title"));
    let mut shown = Vec::with_capacity(orders.len());
    for order in orders {
        let service = panel.ops.service_by_id(&who.account, order.service).await?;
        let total = p.money(&order.net.plus(order.tax).unwrap_or(order.net));
        shown.push((order, service.display_name, total));
    }
    ok(&OrdersPage { p, orders: shown, next, first: asked.below.is_none() })
}
