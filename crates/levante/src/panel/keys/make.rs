//! The pages "create application" and "create token". Secrets are shown once, in the answer.

use super::validate::{VALIDITIES, validity};
use crate::{
    operations::{
        Once, Problem,
        keys::{read_blocks, read_rules},
    },
    panel::{
        Panel,
        fault::Fault,
        field::{Choice, Field, Group, faults},
        gate::{Manager, Reseller},
        page::{Page, html},
        subscriptions::seats::form_token,
    },
    secrets::token_hash,
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use licensing::invalid::Invalid;
use secrecy::ExposeSecret;

type Fields = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "keys/make.html")]
pub(in crate::panel) struct MakePage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) action: &'static str,
    pub(in crate::panel) lead: String,
    pub(in crate::panel) fields: Vec<Field>,
    /// The rules as lines `METHOD PATH`; `None` where there are none.
    pub(in crate::panel) rules: Option<String>,
    pub(in crate::panel) faults: Vec<(String, String)>,
    pub(in crate::panel) token: String,
}

#[derive(Template)]
#[template(path = "keys/made.html")]
pub(in crate::panel) struct MadePage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) secrets: Vec<(String, &'static str, String)>,
}

fn get(fields: &Fields, name: &str) -> String {
    let value = fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    value.chars().take(20_000).collect()
}

fn page(panel: &Panel, who: &Reseller, token: bool, sent: &Fields, rules: String, wrong: &[Invalid]) -> MakePage {
    let text = who.visitor.text;
    let key = if token { "keys-new-token" } else { "keys-new-application" };
    let field =
        |name: &str, label: &str| Field::new(text, name, &get(sent, name)).label(text.say(label)).judged(text, wrong);
    let mut fields =
        vec![field("name", "keys-column-name").most(60), field("description", "keys-description").optional()];
    if token {
        let choices = VALIDITIES.iter().map(|(word, _)| Choice {
            value: (*word).to_owned(),
            label: text.say(&format!("keys-validity-{word}")),
            open: true,
        });
        let choices = vec![Group { heading: String::new(), choices: choices.collect() }];
        let mut validity = field("validity", "keys-validity").groups(choices);
        if validity.value.is_empty() {
            validity.value = "year".to_owned();
        }
        fields.push(validity);
        fields.push(field("allowedIPs", "keys-column-from").optional().hint(text.say("keys-from-hint")).most(2000));
    }
    MakePage {
        p: Page::new(panel, &who.visitor, "keys", &text.say(key)).crumb(text.say("keys-title"), "/keys"),
        action: if token { "/createToken/" } else { "/createApp/" },
        lead: text.say(&format!("{key}-lead")),
        fields,
        rules: token.then_some(rules),
        faults: faults(text, wrong),
        token: form_token(),
    }
}

/// Whether this very form was sent before. Its token is claimed before anything is made, so that of two
/// sendings at the same moment one makes keys; corrected content counts as another form.
async fn sent_before(panel: &Panel, who: &Reseller, sent: &Fields) -> Result<bool, Problem> {
    let token = get(sent, "token");
    if token.len() != 32 {
        return Ok(false);
    }
    let content: Vec<&(String, String)> = sent.iter().filter(|(name, _)| name != "csrf").collect();
    let hash = token_hash(&serde_json::json!(content).to_string());
    let once = Once { key: format!("panel-{token}-{hash}"), body_hash: hash, answer: |_| String::new() };
    let mine = form_token();
    Ok(panel.ops.keep_answer(&who.account, &once, mine.clone()).await? != mine)
}

fn made_already() -> Response {
    Redirect::to("/keys?done=made-already").into_response()
}

/// The form of an application.
pub async fn application(State(panel): State<Panel>, Manager(who): Manager) -> Result<Response, Fault> {
    html(StatusCode::OK, &page(&panel, &who, false, &Fields::new(), String::new(), &[]))
}

/// The form of a token; the address may bring the rules (`?GET=/me&POST=/saas/csp2/*`).
pub async fn token(
    State(panel): State<Panel>,
    Manager(who): Manager,
    Query(asked): Query<Fields>,
) -> Result<Response, Fault> {
    let brought: Vec<String> = asked
        .iter()
        .filter(|(method, _)| licensing::permission::METHODS.contains(&method.as_str()))
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let rules = if brought.is_empty() { "GET /*".to_owned() } else { brought.join("\n") };
    let named: Fields = [("applicationName", "name"), ("applicationDescription", "description")]
        .map(|(theirs, ours)| (ours.to_owned(), get(&asked, theirs)))
        .into();
    html(StatusCode::OK, &page(&panel, &who, true, &named, rules, &[]))
}

/// Makes an application.
pub async fn make_application(
    State(panel): State<Panel>,
    Manager(who): Manager,
    Form(sent): Form<Fields>,
) -> Result<Response, Fault> {
    if sent_before(&panel, &who, &sent).await? {
        return Ok(made_already());
    }
    match panel.ops.create_application(&who.actor(), &get(&sent, "name"), &get(&sent, "description")).await {
        Ok(made) => {
            let secrets = vec![
                ("keys-application-key", made.key),
                ("keys-application-secret", made.secret.expose_secret().to_owned()),
            ];
            shown(&panel, &who, secrets)
        }
        Err(Problem::Invalid(wrong)) => {
            let page = page(&panel, &who, false, &sent, String::new(), &wrong);
            html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Makes an application and a credential of it that is valid at once.
pub async fn make_token(
    State(panel): State<Panel>,
    Manager(who): Manager,
    Form(sent): Form<Fields>,
) -> Result<Response, Fault> {
    if sent_before(&panel, &who, &sent).await? {
        return Ok(made_already());
    }
    let text = get(&sent, "rules");
    let lines: Vec<(String, String)> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once(char::is_whitespace).map_or((line, ""), |(m, p)| (m, p)))
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    let listed = get(&sent, "allowedIPs");
    let blocks: Vec<String> =
        listed.split([',', ' ', '\n']).map(str::trim).filter(|b| !b.is_empty()).map(str::to_owned).collect();
    let made = async {
        let rules = read_rules("accessRules", &lines)?;
        let blocks = read_blocks("allowedIPs", &blocks)?;
        let blocks = (!blocks.is_empty()).then_some(blocks);
        let validity = validity(&get(&sent, "validity"));
        let actor = who.actor();
        let application = panel.ops.create_application(&actor, &get(&sent, "name"), &get(&sent, "description")).await?;
        let credential = panel.ops.create_credential(&actor, application.id, rules, validity, blocks).await?;
        Ok::<_, Problem>((application, credential))
    };
    match made.await {
        Ok((application, credential)) => {
            let secrets = vec![
                ("keys-application-key", application.key),
                ("keys-application-secret", application.secret.expose_secret().to_owned()),
                ("keys-consumer-key", credential.consumer_key.expose_secret().to_owned()),
            ];
            shown(&panel, &who, secrets)
        }
        Err(Problem::Invalid(mut wrong)) => {
            for fault in &mut wrong {
                let stem = fault.field.split('[').next().unwrap_or_default().to_owned();
                fault.field = stem;
            }
            html(StatusCode::UNPROCESSABLE_ENTITY, &page(&panel, &who, true, &sent, text, &wrong))
        }
        Err(problem) => Err(problem.into()),
    }
}

fn shown(panel: &Panel, who: &Reseller, secrets: Vec<(&'static str, String)>) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let p = Page::new(panel, &who.visitor, "keys", &text.say("keys-made")).crumb(text.say("keys-title"), "/keys");
    let secrets = secrets.into_iter().map(|(key, secret)| (text.say(key), key, secret)).collect();
    html(StatusCode::CREATED, &MadePage { p, secrets })
}
