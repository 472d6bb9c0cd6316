//! What is wrong with Microsoft's services, for all customers or for one; and the pages of a
//! tenant's portals. Source: contract §16.2.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client) -> Result<(), Error> {
//! for service in client.office_incidents(IncidentFilter::Open).await? {
//!     println!("{}: {} open", service.workload, service.incidents.len());
//! }
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::Paging;
use crate::request::{Auth, Request};
use crate::resource::{Link, Rest, list, maybe_text, maybe_whole, nullable, text};

/// Incidents of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceIncidents {
    /// Name of the service.
    #[serde(default, deserialize_with = "nullable")]
    pub workload: String,
    /// State of the service, an open list of words.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The incidents.
    #[serde(default, deserialize_with = "list")]
    pub incidents: Vec<ServiceIncident>,
    /// Announcements.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub message_center_messages: Vec<ServiceIncident>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// An incident or an announcement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceIncident {
    /// Id.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub id: String,
    /// Name of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// When it began.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Instant>,
    /// When it ended.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Instant>,
    /// State, an open list of words.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What Microsoft said about it.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<IncidentMessage>,
    /// Part of the service, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impacted_area: Option<Value>,
    /// How many customers.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub impacted_customers: Option<String>,
    /// Whether it is over.
    #[serde(default, deserialize_with = "nullable")]
    pub resolved: bool,
    /// How bad, an open list of words.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Kind of message, an open list of words.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    /// Further services.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub affected_workload_names: Vec<String>,
    /// How many tenants.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub affected_tenant_count: Option<u64>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// What Microsoft said about an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentMessage {
    /// When.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub published_time: Option<Instant>,
    /// What.
    #[serde(default, deserialize_with = "nullable")]
    pub message_text: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Which incidents are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IncidentFilter {
    /// All.
    #[default]
    All,
    /// Those that are not over.
    Open,
    /// Those that are over.
    Resolved,
}

impl IncidentFilter {
    fn text(self) -> Option<String> {
        let resolved = match self {
            Self::All => return None,
            Self::Open => "false",
            Self::Resolved => "true",
        };
        Some(json!({ "Field": "resolved", "Value": resolved, "Operator": "equals" }).to_string())
    }
}

/// A service that we manage for a customer, with its portals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedService {
    /// Id.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Where to look.
    #[serde(default, deserialize_with = "nullable")]
    pub links: ManagedServiceLinks,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Pages about a managed service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedServiceLinks {
    /// How the service is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_health: Option<Link>,
    /// Support tickets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_tickets: Option<Link>,
    /// Administration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_service: Option<Link>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Incidents of all our customers. Row 45 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn office_incidents(&self, filter: IncidentFilter) -> Result<Vec<ServiceIncidents>, Error> {
        let request = Request::get("/v1/serviceincidents/office", &[])?.auth(Auth::User).maybe("filter", filter.text());
        self.all(request, Paging::Token).await
    }

    /// Incidents of one customer. Row 45 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn office_incidents_of(
        &self,
        customer: &str,
        filter: IncidentFilter,
    ) -> Result<Vec<ServiceIncidents>, Error> {
        let request = Request::get("/v1/customers/{customer}/serviceincidents/office", &[customer])?
            .auth(Auth::User)
            .maybe("filter", filter.text());
        self.all(request, Paging::Token).await
    }

    /// Services that we manage for a customer. Row 45 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn managed_services(&self, customer: &str) -> Result<Vec<ManagedService>, Error> {
        self.all(Request::get("/v1/customers/{customer}/managedservices", &[customer])?.auth(Auth::User), Paging::Token)
            .await
    }
}
