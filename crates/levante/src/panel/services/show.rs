//! A service's page: general information, contact, MPN id, sign-in data, mails.

use crate::{
    operations::{mails::Mail, services::Service},
    panel::{
        Panel,
        fault::Fault,
        gate::Reseller,
        page::{Page, ok, tone},
    },
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use licensing::{credentials::CredentialsState, id::ServiceName};
use serde::Deserialize;

/// Microsoft's portal, as the guide names it.
const ADMIN_PORTAL: &str = "https://admin.microsoft.com/";

/// What was done just before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    pub(in crate::panel) done: String,
    pub(in crate::panel) task: String,
}

#[derive(Template)]
#[template(path = "services/show.html")]
pub(in crate::panel) struct ServicePage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) tabs: Tabs,
    pub(in crate::panel) s: Service,
    pub(in crate::panel) portal: &'static str,
    pub(in crate::panel) credentials: String,
    pub(in crate::panel) mails: Vec<Mail>,
}

/// The head of a service's tabs.
pub(in crate::panel) struct Tabs {
    pub(in crate::panel) name: ServiceName,
    pub(in crate::panel) display_name: String,
    pub(in crate::panel) status: String,
    pub(in crate::panel) tone: &'static str,
    pub(in crate::panel) tab: &'static str,
    /// What is wrong with the MPN id, and what to do.
    pub(in crate::panel) flag: Option<(String, String)>,
}

impl Tabs {
    /// The head for a service.
    pub(in crate::panel) fn new(p: &Page, service: &Service, tab: &'static str) -> Tabs {
        let word = service.state.word();
        let flag = service.mpn_flag.map(|f| (p.word("flag", f.word()), p.word("flag-advice", f.word())));
        Tabs {
            name: service.name.clone(),
            display_name: service.display_name.clone(),
            status: p.word("service-status", word),
            tone: if word == "emptyTenant" { "warn" } else { tone(service.state.wire().unwrap_or("ended")) },
            tab,
            flag,
        }
    }
}

/// The service of an address; what cannot be a name is answered like a service that does not exist.
pub(in crate::panel) async fn of(panel: &Panel, who: &Reseller, name: &str) -> Result<Service, Fault> {
    let name = ServiceName::read(name).ok_or(Fault::NoSuchPage)?;
    Ok(panel.ops.service(&who.account, &name).await?)
}

/// The frame of a page about a service.
pub(in crate::panel) fn frame(panel: &Panel, who: &Reseller, title: &str) -> Page {
    let list = who.visitor.text.say("services-title");
    Page::new(panel, &who.visitor, "services", title).crumb(list, "/services")
}

/// The tab "general information".
pub async fn show(
    State(panel): State<Panel>,
    who: Reseller,
    Path(name): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Fault> {
    let service = of(&panel, &who, &name).await?;
    let p = frame(&panel, &who, &service.display_name).noticed(Some(&done.done));
    let credentials = match panel.ops.credentials_state(service.id).await? {
        None => p.t("service-credentials-none"),
        Some(CredentialsState::Sealed) => p.t("service-credentials-sealed"),
        Some(CredentialsState::Delivered { at }) => {
            p.t2("service-credentials-delivered", "email", &service.contact.email, "date", p.instant(&at))
        }
        Some(CredentialsState::Erased) => p.t("service-credentials-erased"),
        Some(CredentialsState::Lost) => p.t("service-credentials-lost"),
    };
    ok(&ServicePage {
        tabs: Tabs::new(&p, &service, "general"),
        mails: panel.ops.mails_about(service.id).await?,
        portal: ADMIN_PORTAL,
        credentials,
        s: service,
        p,
    })
}
