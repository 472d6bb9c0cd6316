//! The tasks of a service: pending first, ended ones as history, refreshed while any is pending.

use crate::{
    operations::tasks::{Asked, Task},
    panel::{
        Panel,
        fault::Fault,
        gate::Reseller,
        page::{Page, ok, tone},
        services::show::{Tabs, frame, of},
    },
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use licensing::id::ServiceName;

/// The routes of tasks.
pub(super) fn routes() -> Router<Panel> {
    Router::new().route("/services/{name}/tasks", get(show)).route("/services/{name}/tasks/list", get(list))
}

#[derive(Template)]
#[template(path = "tasks/page.html")]
pub(super) struct TasksPage {
    pub(super) p: Page,
    pub(super) tabs: Tabs,
    pub(super) name: ServiceName,
    pub(super) tasks: Vec<Line>,
    pub(super) pending: bool,
}

#[derive(Template)]
#[template(path = "tasks/list.html")]
struct TasksList {
    p: Page,
    name: ServiceName,
    tasks: Vec<Line>,
    pending: bool,
}

/// A task, ready for the page.
pub(super) struct Line {
    pub(super) task: Task,
    pub(super) tone: &'static str,
    /// The step it is in, in words.
    pub(super) step: Option<String>,
    /// What exactly was asked, in words.
    pub(super) asked: Option<String>,
}

fn lines(p: &Page, tasks: Vec<Task>) -> (Vec<Line>, bool) {
    let pending = tasks.iter().any(|t| !t.state.is_over());
    let mut lines: Vec<Line> = tasks
        .into_iter()
        .map(|task| Line {
            tone: tone(task.state.word()),
            step: task.step.as_deref().filter(|_| !task.state.is_over()).map(|step| p.word("step", step)),
            asked: match &task.asked {
                Asked::Seats { from, to } => Some(p.t2("tasks-asked-seats", "from", from, "to", to)),
                Asked::Renewal { renews: true } => Some(p.t("tasks-asked-renew")),
                Asked::Renewal { renews: false } => Some(p.t("tasks-asked-end")),
                Asked::Order | Asked::Cancel | Asked::Password => None,
            },
            task,
        })
        .collect();
    lines.sort_by_key(|l| l.task.state.is_over());
    (lines, pending)
}

/// The tab "tasks".
async fn show(State(panel): State<Panel>, who: Reseller, Path(name): Path<String>) -> Result<Response, Fault> {
    let service = of(&panel, &who, &name).await?;
    let text = who.visitor.text;
    let back = format!("/services/{}", service.name);
    let p = frame(&panel, &who, &text.say("service-tab-tasks")).crumb(service.display_name.clone(), back);
    let (tasks, pending) = lines(&p, panel.ops.tasks(&who.account, &service.name).await?);
    ok(&TasksPage { tabs: Tabs::new(&p, &service, "tasks"), name: service.name, tasks, pending, p })
}

/// The list alone, for the script that refreshes it.
async fn list(State(panel): State<Panel>, who: Reseller, Path(name): Path<String>) -> Result<Response, Fault> {
    let service = of(&panel, &who, &name).await?;
    let p = frame(&panel, &who, "");
    let (tasks, pending) = lines(&p, panel.ops.tasks(&who.account, &service.name).await?);
    ok(&TasksList { name: service.name, tasks, pending, p })
}
