//! One order: its steps as they are, why it waits or failed, what to do, which letters went out.

use crate::{
    operations::{
        mails::{Mail, MailState},
        orders::Order,
        services::Service,
        tasks::Task,
    },
    panel::{
        Panel,
        fault::Fault,
        gate::Reseller,
        page::{Page, ok, tone},
        services::show::Done,
    },
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use licensing::{
    id::OrderId,
    money::Money,
    order::{OrderState, Step, next_step, waves},
    reason::Reason,
};

#[derive(Template)]
#[template(path = "orders/show.html")]
pub(in crate::panel) struct OrderPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) view: Progress,
    pub(in crate::panel) total: Money,
}

#[derive(Template)]
#[template(path = "orders/progress.html")]
struct ProgressPart {
    p: Page,
    view: Progress,
}

/// How far an order is.
pub(in crate::panel) struct Progress {
    pub(in crate::panel) order: Order,
    pub(in crate::panel) service: Service,
    pub(in crate::panel) reachable: bool,
    /// Something may still change.
    pub(in crate::panel) poll: bool,
    pub(in crate::panel) task: Option<Task>,
    pub(in crate::panel) mails: Vec<Mail>,
    pub(in crate::panel) steps: Vec<StepLine>,
    pub(in crate::panel) tone: &'static str,
    pub(in crate::panel) reason: Option<Reason>,
}

/// One step.
pub(in crate::panel) struct StepLine {
    pub(in crate::panel) name: String,
    /// `done`, `now`, `failed` or `open`.
    pub(in crate::panel) state: &'static str,
    pub(in crate::panel) state_word: String,
}

/// The order's page.
pub async fn show(
    State(panel): State<Panel>,
    who: Reseller,
    Path(id): Path<i64>,
    Query(done): Query<Done>,
) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let p = Page::new(&panel, &who.visitor, "orders", &format!("{} {id}", text.say("orders-one")))
        .crumb(text.say("orders-title"), "/orders")
        .noticed(Some(&done.done));
    let view = view(&panel, &who, &p, OrderId(id)).await?;
    let total = view.order.net.plus(view.order.tax).unwrap_or(view.order.net);
    ok(&OrderPage { p, view, total })
}

/// The progress alone, for the script that refreshes it.
pub async fn progress(State(panel): State<Panel>, who: Reseller, Path(id): Path<i64>) -> Result<Response, Fault> {
    let p = Page::new(&panel, &who.visitor, "orders", "");
    let view = view(&panel, &who, &p, OrderId(id)).await?;
    ok(&ProgressPart { p, view })
}

async fn view(panel: &Panel, who: &Reseller, p: &Page, id: OrderId) -> Result<Progress, Fault> {
    let order = panel.ops.order(&who.account, id).await?;
    let service = panel.ops.service_by_id(&who.account, order.service).await?;
    let task = panel.ops.task_by_id(order.task).await?;
    let mut mails = panel.ops.mails_about(service.id).await?;
    mails.retain(|m| m.order == Some(id));
    let reason = order.state.reason().cloned();
    Ok(Progress {
        steps: steps(p, &order),
        tone: tone(order.state.word()),
        reachable: service.state.wire().is_some(),
        poll: !order.state.is_over() || mails.iter().any(|m| m.state == MailState::Queued),
        order,
        service,
        task,
        mails,
        reason,
    })
}

fn steps(p: &Page, order: &Order) -> Vec<StepLine> {
    let steps = plan(order);
    let current = next_step(&order.progress);
    let at = steps.iter().position(|s| *s == current).unwrap_or_default();
    let many = waves(&order.purchase.lines).len() > 1;
    steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let state = match (&order.state, index) {
                (OrderState::Delivered, _) => "done",
                (_, index) if index < at => "done",
                (OrderState::Partial { .. }, _) if current == Step::Finish => "done",
                (OrderState::Partial { .. } | OrderState::Refused { .. }, index) if index == at => "failed",
                (OrderState::Accepted | OrderState::Delivering, index) if index == at => "now",
                _ => "open",
            };
            let name = p.word("step", step.word());
            let name = match wave(step).filter(|_| many) {
                Some(0) => format!("{name} – {}", p.t("order-wave-base")),
                Some(_) => format!("{name} – {}", p.t("order-wave-add-on")),
                None => name,
            };
            StepLine { name, state, state_word: p.t(&format!("step-state-{state}")) }
        })
        .collect()
}

/// Every step of the order, in order.
fn plan(order: &Order) -> Vec<Step> {
    let mut steps = vec![Step::CheckPartner];
    if order.purchase.new_tenant {
        steps.extend([
            Step::CheckLicences,
            Step::CheckDomain,
            Step::CheckAddress,
            Step::CreateTenant,
            Step::AwaitReadable,
        ]);
    }
    steps.extend([Step::AwaitVetting, Step::ConfirmAgreement]);
    for wave in 0..waves(&order.purchase.lines).len() {
        steps.extend([
            Step::ResolveLicences { wave },
            Step::FillCart { wave },
            Step::CheckOut { wave },
            Step::AwaitOrder { wave },
            Step::ReadSubscriptions { wave },
        ]);
    }
    if order.purchase.new_tenant {
        steps.push(Step::SendCredentials);
    }
    steps.push(Step::Finish);
    steps
}

fn wave(step: &Step) -> Option<usize> {
    match step {
        Step::ResolveLicences { wave }
        | Step::FillCart { wave }
        | Step::CheckOut { wave }
        | Step::AwaitOrder { wave }
        | Step::ReadSubscriptions { wave } => Some(*wave),
        _ => None,
    }
}
