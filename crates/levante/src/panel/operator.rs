//! The operators' page: accounts, MPN ids that wait for approval, orders that need attention.

use super::{
    Panel,
    fault::Fault,
    gate::Operator,
    page::{Page, ok},
};
use crate::operations::{
    accounts::{Account, WaitingMpn},
    orders::Order,
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use licensing::id::AccountId;
use serde::Deserialize;

/// How many lines a list of the page has at most; what is done makes room for the next.
const MOST: u32 = 200;

#[derive(Template)]
#[template(path = "operator/page.html")]
pub(super) struct OperatorPage {
    pub(super) p: Page,
    pub(super) accounts: Vec<Account>,
    pub(super) waiting: Vec<WaitingMpn>,
    pub(super) attention: Vec<Order>,
}

/// What was done just before.
#[derive(Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// The page.
pub async fn show(State(panel): State<Panel>, who: Operator, Query(done): Query<Done>) -> Result<Response, Fault> {
    let accounts = panel.ops.accounts().await?;
    let waiting = panel.ops.waiting_mpn_ids(MOST).await?;
    let attention = panel.ops.orders_needing_attention(MOST).await?;
    let title = who.visitor.text.say("operator-title");
    let p = Page::new(&panel, &who.visitor, "operator", &title).noticed(Some(&done.done));
    ok(&OperatorPage { p, accounts, waiting, attention })
}

/// Which MPN id to approve.
#[derive(Deserialize)]
pub struct ApproveForm {
    #[serde(default)]
    account: String,
    #[serde(default, rename = "mpnId")]
    mpn_id: String,
}

/// Approves an MPN id for an account.
pub async fn approve(
    State(panel): State<Panel>,
    who: Operator,
    Form(form): Form<ApproveForm>,
) -> Result<Response, Fault> {
    let account = AccountId::parse("account", &form.account).map_err(|_| Fault::NoSuchPage)?;
    panel.ops.approve_mpn(&account, &form.mpn_id, &format!("member/{}", who.session().member.id)).await?;
    Ok(Redirect::to("/operator?done=approved").into_response())
}
