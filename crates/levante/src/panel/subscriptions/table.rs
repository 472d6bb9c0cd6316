//! The tab "subscriptions": the guide's columns, add-ons under their base, what runs and why
//! an action waits.

use super::term;
use crate::{
    operations::{
        catalogue::PriceList,
        services::Service,
        subscriptions::Subscription,
        tasks::{Asked, Task},
    },
    panel::{
        Panel,
        fault::Fault,
        gate::Reseller,
        page::{Page, ok, tone},
        services::show::{Done, Tabs, frame, of},
    },
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use licensing::{
    id::{ServiceName, TaskId},
    jiff::Timestamp,
    subscription::TermEndIntent,
};

#[derive(Template)]
#[template(path = "subscriptions/table.html")]
pub(in crate::panel) struct TablePage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) tabs: Tabs,
    pub(in crate::panel) view: View,
    /// The request that was just accepted.
    pub(in crate::panel) accepted: Option<TaskId>,
}

#[derive(Template)]
#[template(path = "subscriptions/list.html")]
struct ListPart {
    p: Page,
    view: View,
}

/// The table, ready for the page.
pub(in crate::panel) struct View {
    pub(in crate::panel) name: ServiceName,
    pub(in crate::panel) rows: Vec<Row>,
    /// A further subscription may be ordered.
    pub(in crate::panel) open: bool,
    /// Work of the whole service that has not ended.
    pub(in crate::panel) pending: Vec<Task>,
    /// A task ended with an error not long ago.
    pub(in crate::panel) failed: Option<Task>,
}

/// A row of the table.
pub(in crate::panel) struct Row {
    pub(in crate::panel) s: Subscription,
    pub(in crate::panel) licence: String,
    pub(in crate::panel) status: String,
    pub(in crate::panel) tone: &'static str,
    /// The work on it that has not ended, in words.
    pub(in crate::panel) work: Option<String>,
    /// What happens at the end of the term.
    pub(in crate::panel) term: Option<String>,
    /// It ends with its term, and may be renewed again.
    pub(in crate::panel) ends: bool,
    pub(in crate::panel) running: bool,
    pub(in crate::panel) is_add_on: bool,
    pub(in crate::panel) takes_add_ons: bool,
}

/// The tab.
pub async fn show(
    State(panel): State<Panel>,
    who: Reseller,
    Path(name): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Fault> {
    let service = of(&panel, &who, &name).await?;
    let back = format!("/services/{}", service.name);
    let p = frame(&panel, &who, &who.visitor.text.say("service-tab-subscriptions"))
        .crumb(service.display_name.clone(), back)
        .noticed(Some(&done.done));
    let tabs = Tabs::new(&p, &service, "subscriptions");
    let view = view(&panel, &who, &p, &service).await?;
    let accepted = done.task.parse().ok().map(TaskId);
    ok(&TablePage { p, tabs, view, accepted })
}

/// The table alone, for the script that refreshes it.
pub async fn list(State(panel): State<Panel>, who: Reseller, Path(name): Path<String>) -> Result<Response, Fault> {
    let service = of(&panel, &who, &name).await?;
    let p = frame(&panel, &who, "");
    let view = view(&panel, &who, &p, &service).await?;
    ok(&ListPart { p, view })
}

async fn view(panel: &Panel, who: &Reseller, p: &Page, service: &Service) -> Result<View, Fault> {
    let (list, now) = (panel.ops.price_list().await?, panel.ops.clock.business());
    let subscriptions = panel.ops.subscriptions(&who.account, &service.name).await?;
    let tasks = panel.ops.tasks(&who.account, &service.name).await?;
    let failed = tasks.iter().find(|t| t.state.is_over()).filter(|t| t.state.word() == "error").cloned();
    let pending: Vec<Task> = tasks.into_iter().filter(|t| !t.state.is_over()).collect();
    let mut rows: Vec<Row> = subscriptions.into_iter().map(|s| row(p, &list, &pending, s, now)).collect();
    // An add-on stands right under its base, what is over at the end.
    rows.sort_by_key(|r| (r.s.state.is_over(), r.s.base.unwrap_or(r.s.id), r.s.base.is_some(), r.s.id));
    Ok(View { name: service.name.clone(), rows, open: service.state.accepts_changes(), pending, failed })
}

fn row(p: &Page, list: &PriceList, pending: &[Task], s: Subscription, now: Timestamp) -> Row {
    let licence = list.get(s.licence);
    let work = s.task.map(|id| match pending.iter().find(|t| t.id == id) {
        Some(task) => work(p, task),
        None => p.t("subscriptions-work"),
    });
    let asked = pending.iter().find(|t| Some(t.id) == s.task).map(|t| &t.asked);
    let status = match (&work, asked) {
        (Some(_), Some(Asked::Cancel)) => "deleting",
        (Some(_), _) => "updating",
        (None, _) => s.state.word(),
    };
    Row {
        licence: match licence {
            Some(l) => l.name.clone(),
            None => p.t1("subscriptions-no-longer-sold", "id", s.licence),
        },
        tone: tone(status),
        status: p.word("subscription-status", status),
        running: !s.state.is_over(),
        term: term::words(p.text, &s, asked, now),
        ends: s.task.is_none() && s.state.accepts_changes() && s.intent == TermEndIntent::Cancel,
        is_add_on: s.base.is_some(),
        takes_add_ons: licence.is_some_and(|l| list.add_ons_of(l).next().is_some()),
        work,
        s,
    }
}

/// What a task is doing, in a line.
fn work(p: &Page, task: &Task) -> String {
    match &task.asked {
        Asked::Seats { from, to } => p.t2("subscriptions-work-seats", "from", from, "to", to),
        Asked::Cancel => p.t("subscriptions-work-cancel"),
        Asked::Renewal { .. } => p.t("subscriptions-work-renewal"),
        Asked::Order | Asked::Password => p.t("subscriptions-work"),
    }
}
