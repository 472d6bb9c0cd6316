//! The dialogs that change a service: its display name, its contact, its MPN id.

use crate::{
    operations::{
        Problem,
        services::{Service, ServiceChanges},
    },
    panel::{
        Panel,
        fault::{Fault, sentence},
        field::{Field, faults},
        gate::{Reseller, Writer},
        page::{Page, html},
        services::show::{frame, of},
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use licensing::invalid::Invalid;
use std::collections::HashMap;

/// The fields of a dialog as they were sent.
pub(in crate::panel) type Sent = HashMap<String, String>;

#[derive(Template)]
#[template(path = "services/edit.html")]
pub(in crate::panel) struct EditPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) action: String,
    pub(in crate::panel) back: String,
    pub(in crate::panel) lead: String,
    pub(in crate::panel) fields: Vec<Field>,
    pub(in crate::panel) faults: Vec<(String, String)>,
    /// Why it was refused as a whole.
    pub(in crate::panel) refusal: Option<String>,
    /// Offers to ask for the approval of an MPN id.
    pub(in crate::panel) ask: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Dialog {
    Name,
    Contact,
    Mpn,
}

const CONTACT: [(&str, &str); 7] = [
    ("firstName", "text"),
    ("lastName", "text"),
    ("email", "email"),
    ("phone", "tel"),
    ("address", "text"),
    ("zipCode", "text"),
    ("city", "text"),
];

/// The dialog of the display name.
pub async fn name(
    State(panel): State<Panel>,
    Writer(who): Writer,
    Path(name): Path<String>,
) -> Result<Response, Fault> {
    open(&panel, &who, &name, Dialog::Name).await
}

/// The dialog of the contact.
pub async fn contact(
    State(panel): State<Panel>,
    Writer(who): Writer,
    Path(name): Path<String>,
) -> Result<Response, Fault> {
    open(&panel, &who, &name, Dialog::Contact).await
}

/// The dialog of the MPN id.
pub async fn mpn(State(panel): State<Panel>, Writer(who): Writer, Path(name): Path<String>) -> Result<Response, Fault> {
    open(&panel, &who, &name, Dialog::Mpn).await
}

async fn open(panel: &Panel, who: &Reseller, name: &str, dialog: Dialog) -> Result<Response, Fault> {
    let service = of(panel, who, name).await?;
    let sent = current(&service);
    let page = page(panel, who, &service, dialog, &sent, &[], None).await?;
    html(StatusCode::OK, &page)
}

fn current(s: &Service) -> Sent {
    let c = &s.contact;
    [
        ("displayName", &s.display_name),
        ("firstName", &c.first_name),
        ("lastName", &c.last_name),
        ("email", &c.email),
        ("phone", &c.phone),
        ("address", &c.address),
        ("zipCode", &c.zip_code),
        ("city", &c.city),
        ("mpnId", &s.mpn_id.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .into()
}

async fn page(
    panel: &Panel,
    who: &Reseller,
    service: &Service,
    dialog: Dialog,
    sent: &Sent,
    wrong: &[Invalid],
    refusal: Option<String>,
) -> Result<EditPage, Fault> {
    let text = who.visitor.text;
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let field = |name: &str| Field::new(text, name, value(name)).judged(text, wrong);
    let back = format!("/services/{}", service.name);
    let (word, key, fields) = match dialog {
        Dialog::Name => ("name", "service-rename", vec![field("displayName").most(100)]),
        Dialog::Contact => {
            ("contact", "service-change-contact", CONTACT.map(|(name, kind)| field(name).kind(kind)).into())
        }
        Dialog::Mpn => {
            let mut mpn = field("mpnId").most(10).check("partner");
            mpn.proposals = approved(panel, who).await?;
            ("mpn", "service-change-mpn", vec![mpn])
        }
    };
    let p = frame(panel, who, &text.say(key)).crumb(service.display_name.clone(), back.clone());
    Ok(EditPage {
        action: format!("{back}/{word}"),
        lead: text.say(&format!("{key}-lead")),
        faults: faults(text, wrong),
        ask: wrong.iter().any(|e| e.rule == licensing::invalid::Rule::MpnNotApproved),
        back,
        fields,
        refusal,
        p,
    })
}

/// The MPN ids that the account may use.
pub(in crate::panel) async fn approved(panel: &Panel, who: &Reseller) -> Result<Vec<String>, Fault> {
    let known = panel.ops.mpn_ids(&who.account).await?;
    Ok(known.into_iter().filter(|m| m.approved_at.is_some()).map(|m| m.mpn_id.to_string()).collect())
}

/// Gives the service another display name.
pub async fn rename(
    State(panel): State<Panel>,
    who: Reseller,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    let changes = ServiceChanges { display_name: taken(&sent, "displayName"), ..ServiceChanges::default() };
    change(&panel, &who, &name, Dialog::Name, sent, changes, "renamed").await
}

/// Changes the contact.
pub async fn change_contact(
    State(panel): State<Panel>,
    who: Reseller,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    let changes = ServiceChanges {
        first_name: taken(&sent, "firstName"),
        last_name: taken(&sent, "lastName"),
        email: taken(&sent, "email"),
        phone: taken(&sent, "phone"),
        address: taken(&sent, "address"),
        city: taken(&sent, "city"),
        zip_code: taken(&sent, "zipCode"),
        ..ServiceChanges::default()
    };
    change(&panel, &who, &name, Dialog::Contact, sent, changes, "contact").await
}

/// Changes the MPN id, or asks for the approval of one.
pub async fn change_mpn(
    State(panel): State<Panel>,
    who: Reseller,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    if sent.get("action").is_some_and(|a| a == "ask") {
        let service = of(&panel, &who, &name).await?;
        let mpn_id = sent.get("mpnId").map_or("", String::as_str);
        return match panel.ops.ask_for_mpn(&who.account, mpn_id).await {
            Ok(_) => Ok(Redirect::to(&format!("/services/{}?done=asked-mpn", service.name)).into_response()),
            Err(problem) => refused(&panel, &who, &service, Dialog::Mpn, &sent, problem).await,
        };
    }
    let changes = ServiceChanges { mpn_id: taken(&sent, "mpnId"), ..ServiceChanges::default() };
    change(&panel, &who, &name, Dialog::Mpn, sent, changes, "mpn").await
}

fn taken(sent: &Sent, name: &str) -> Option<String> {
    Some(sent.get(name).cloned().unwrap_or_default())
}

async fn change(
    panel: &Panel,
    who: &Reseller,
    name: &str,
    dialog: Dialog,
    sent: Sent,
    changes: ServiceChanges,
    done: &str,
) -> Result<Response, Fault> {
    let service = of(panel, who, name).await?;
    match panel.ops.update_service(&who.actor(), &service.name, &changes).await {
        Ok(service) => Ok(Redirect::to(&format!("/services/{}?done={done}", service.name)).into_response()),
        Err(problem) => refused(panel, who, &service, dialog, &sent, problem).await,
    }
}

/// The dialog again, with everything that was typed and why it was refused.
async fn refused(
    panel: &Panel,
    who: &Reseller,
    service: &Service,
    dialog: Dialog,
    sent: &Sent,
    problem: Problem,
) -> Result<Response, Fault> {
    match problem {
        Problem::Invalid(wrong) => {
            let page = page(panel, who, service, dialog, sent, &wrong, None).await?;
            html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        problem @ Problem::Conflict(_) => {
            let refusal = Some(sentence(who.visitor.text, &problem));
            let page = page(panel, who, service, dialog, sent, &[], refusal).await?;
            html(StatusCode::CONFLICT, &page)
        }
        problem => Err(problem.into()),
    }
}
