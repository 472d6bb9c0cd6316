//! Billing (contract 18): invoices of calendar months, their line items, statements and exports.
//!
//! Nothing of this stores a line: lines are read off the charges of the subscriptions, which are
//! only ever added. Next: `lines.rs` (what a line is), `invoices.rs` (when an invoice appears).

mod calendar;
pub(crate) mod control;
mod exports;
mod invoices;
mod line_items;
mod lines;
mod links;
mod money;
mod statement;

use axum::Router;

pub(crate) use calendar::Calendar;
pub(crate) use control::Credit;
pub(crate) use exports::Export;
pub(crate) use invoices::Invoice;

use crate::state::Sim;

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .merge(exports::routes())
        .merge(invoices::routes())
        .merge(line_items::routes())
        .merge(statement::routes())
}
