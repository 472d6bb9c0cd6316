//! The service list: searched, sorted and filtered by its address, paged by key.

use crate::{
    operations::services::{Portion, Search, ServiceLine, Sort},
    panel::{
        Panel,
        fault::{Fault, form_urlencode},
        gate::Reseller,
        page::{Page, ok, tone},
    },
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use licensing::service::ServiceState;
use serde::Deserialize;

/// Lines of a page.
const PAGE: usize = Portion::Page.lines() - 1;
/// Lines of a CSV export.
const MOST_EXPORTED: usize = 20_000;

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    status: String,
    mpn: String,
    sort: String,
    key: String,
    after: String,
    done: String,
}

#[derive(Template)]
#[template(path = "services/list.html")]
pub(in crate::panel) struct ListPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) asked: Asked,
    pub(in crate::panel) statuses: Vec<(&'static str, String)>,
    pub(in crate::panel) lines: Vec<Line>,
    pub(in crate::panel) next: Option<String>,
    pub(in crate::panel) searched: bool,
}

/// One line, ready for the page.
pub(in crate::panel) struct Line {
    pub(in crate::panel) line: ServiceLine,
    pub(in crate::panel) status: &'static str,
    pub(in crate::panel) tone: &'static str,
}

impl From<ServiceLine> for Line {
    fn from(line: ServiceLine) -> Line {
        let status = status(&line.state);
        Line { status, tone: if status == "emptyTenant" { "warn" } else { tone(status) }, line }
    }
}

/// The word of a state on this page.
fn status(state: &ServiceState) -> &'static str {
    match state {
        ServiceState::EmptyTenant => state.word(),
        _ => state.wire().unwrap_or("ended"),
    }
}

/// Statuses that the filter offers, with the states behind each.
const STATUSES: &[(&str, [&str; 2])] = &[
    ("creating", ["ordered", "creating"]),
    ("ok", ["ok", "emptyTenant"]),
    ("suspending", ["suspending", "ending"]),
    ("suspended", ["suspended", "suspended"]),
    ("reopening", ["reopening", "reopening"]),
];

impl Asked {
    fn search(&self) -> Search {
        Search {
            text: self.q.trim().to_lowercase().chars().take(100).collect(),
            states: STATUSES.iter().find(|(word, _)| *word == self.status).map_or(["", ""], |(_, states)| *states),
            flagged: match self.mpn.as_str() {
                "flagged" => Some(true),
                "good" => Some(false),
                _ => None,
            },
            sort: match self.sort.as_str() {
                "-display" => Sort::DisplayDown,
                "name" => Sort::Name,
                "-name" => Sort::NameDown,
                "created" => Sort::Created,
                "-created" => Sort::CreatedDown,
                _ => Sort::Display,
            },
            after: (!self.after.is_empty()).then(|| (self.key.clone(), self.after.clone())),
        }
    }

    fn address(&self, path: &str, sort: &str, after: Option<&(String, String)>) -> String {
        let mut parts = Vec::new();
        let (key, name) = after.map_or(("", ""), |(k, n)| (k.as_str(), n.as_str()));
        for (word, value) in [
            ("q", self.q.as_str()),
            ("status", &self.status),
            ("mpn", &self.mpn),
            ("sort", sort),
            ("key", key),
            ("after", name),
        ] {
            if !value.is_empty() {
                parts.push(format!("{word}={}", form_urlencode(value)));
            }
        }
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// The address that sorts by a column, the other way round when it does already.
    pub(in crate::panel) fn sorted(&self, column: &str) -> String {
        let now = if self.sort.is_empty() { "display" } else { &self.sort };
        let sort = if now == column { format!("-{column}") } else { column.to_owned() };
        self.address("/services", &sort, None)
    }

    /// `aria-sort` of a column.
    pub(in crate::panel) fn way(&self, column: &str) -> &'static str {
        let now = if self.sort.is_empty() { "display" } else { &self.sort };
        match now.strip_prefix('-') {
            Some(down) if down == column => "descending",
            None if now == column => "ascending",
            _ => "none",
        }
    }

    /// The address of the CSV file of the same search.
    pub(in crate::panel) fn csv(&self) -> String {
        self.address("/services.csv", &self.sort, None)
    }

    /// The address without paging.
    pub(in crate::panel) fn start(&self) -> String {
        self.address("/services", &self.sort, None)
    }
}

/// The list.
pub async fn show(State(panel): State<Panel>, who: Reseller, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let search = asked.search();
    let mut found = panel.ops.find_services(&who.account, &search, Portion::Page).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|line| search.behind(line));
    let next = next.map(|key| asked.address("/services", &asked.sort, Some(&key)));
    let text = who.visitor.text;
    let searched = !asked.q.trim().is_empty() || !asked.status.is_empty() || !asked.mpn.is_empty();
    let p = Page::new(&panel, &who.visitor, "services", &text.say("services-title")).noticed(Some(&asked.done));
    ok(&ListPage {
        p,
        statuses: STATUSES.iter().map(|(word, _)| (*word, text.word("service-status", word))).collect(),
        lines: found.into_iter().map(Line::from).collect(),
        searched: searched || !asked.after.is_empty(),
        asked,
        next,
    })
}

/// The same search as a CSV file.
pub async fn csv(State(panel): State<Panel>, who: Reseller, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let mut search = Search { after: None, ..asked.search() };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |e: csv::Error| Fault::Page(e.to_string());
    let columns = ["display", "name", "status", "mpn", "flag", "subscriptions", "seats", "created", "tasks"];
    writer.write_record(columns.map(|c| text.say(&format!("services-column-{c}")))).map_err(broken)?;
    let mut written = 0;
    loop {
        let found = panel.ops.find_services(&who.account, &search, Portion::Piece).await?;
        written += found.len();
        search.after = found.last().map(|line| search.behind(line));
        let full = found.len() == Portion::Piece.lines() && written < MOST_EXPORTED;
        for l in found {
            let record = [
                harmless(&l.display_name),
                l.name.to_string(),
                text.word("service-status", status(&l.state)),
                l.mpn_id.to_string(),
                l.mpn_flag.map(|f| f.word().to_owned()).unwrap_or_default(),
                l.subscriptions.to_string(),
                l.seats.to_string(),
                l.created_at.to_string(),
                l.open_tasks.to_string(),
            ];
            writer.write_record(record).map_err(broken)?;
        }
        if !full {
            break;
        }
    }
    let file = writer.into_inner().map_err(|e| Fault::Page(e.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"services.csv\""),
    ];
    Ok((headers, file).into_response())
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
