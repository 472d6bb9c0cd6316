//! Services: one tenant of one end customer each.

use super::{Actor, Conflict, Missing, Operations, Problem, Result};
use crate::storage;
pub use crate::storage::{
    mails::{Mail, MailState},
    services::{NumberOrder, Numbered, Portion, Search, Service, ServiceLine, Sort},
    subscriptions::Subscription,
};
use licensing::{
    contact::{self, ContactInput},
    credentials::CredentialsState,
    id::{AccountId, MpnId, ServiceId, ServiceName},
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Changes of a service; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceChanges {
    /// What the reseller calls it: 1 to 100 characters.
    pub display_name: Option<String>,
    /// Given name of the contact.
    pub first_name: Option<String>,
    /// Family name of the contact.
    pub last_name: Option<String>,
    /// The contact's e-mail; frozen until the sign-in data are delivered (design §11.11).
    pub email: Option<String>,
    /// The contact's telephone.
    pub phone: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Postcode.
    pub zip_code: Option<String>,
    /// The MPN id of future purchases.
    pub mpn_id: Option<String>,
}

impl Operations {
    /// One service. A foreign one is answered like one that does not exist.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn service(&self, account: &AccountId, name: &ServiceName) -> Result<Service> {
        storage::services::get(&self.db, account, name).await?.ok_or(Problem::NotFound(Missing::Service))
    }

    /// Those of an account's services that have one of these names, by name. Foreign ones are left out like those
    /// that do not exist.
    pub async fn services_named(
        &self,
        account: &AccountId,
        names: &[ServiceName],
    ) -> Result<BTreeMap<ServiceName, Service>> {
        let found = storage::services::named(&self.db, account, names).await?;
        Ok(found.into_iter().map(|service| (service.name.clone(), service)).collect())
    }

    /// A service by its number that the account may see, ended and failed ones included.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn service_by_id(&self, account: &AccountId, id: ServiceId) -> Result<Service> {
        storage::services::of_account(&self.db, account, id).await?.ok_or(Problem::NotFound(Missing::Service))
    }

    /// The names of an account's services, in order.
    pub async fn service_names(&self, account: &AccountId) -> Result<Vec<ServiceName>> {
        Ok(storage::services::names(&self.db, account).await?)
    }

    /// How many services an account has, and at most `most` of them by name, after the first `skip`.
    pub async fn services(
        &self,
        account: &AccountId,
        skip: u64,
        most: u32,
        descending: bool,
    ) -> Result<(u64, Vec<Service>)> {
        Ok(storage::services::slice(&self.db, account, skip, most, descending).await?)
    }

    /// The numbers of an account's services.
    pub async fn service_numbers(&self, account: &AccountId, asked: &Numbered) -> Result<Vec<ServiceId>> {
        Ok(storage::services::numbers(&self.db, account, asked).await?)
    }

    /// The numbers of an account's services, each with its name.
    pub async fn named_numbers(&self, account: &AccountId, asked: &Numbered) -> Result<Vec<(ServiceId, ServiceName)>> {
        Ok(storage::services::named_numbers(&self.db, account, asked).await?)
    }

    /// How many services of an account fit, and at most `most` of them after the first `skip`, each with its
    /// subscriptions, ended ones included.
    pub async fn numbered_services(
        &self,
        account: &AccountId,
        asked: &Numbered,
        skip: u64,
        most: u32,
    ) -> Result<(u64, Vec<(Service, Vec<Subscription>)>)> {
        let (total, services) = storage::services::numbered(&self.db, account, asked, skip, most).await?;
        let numbers: Vec<ServiceId> = services.iter().map(|service| service.id).collect();
        let mut own: HashMap<i64, Vec<Subscription>> = HashMap::new();
        for subscription in storage::subscriptions::of_services(&self.db, &numbers).await? {
            own.entry(subscription.service.0).or_default().push(subscription);
        }
        let with = |service: Service| {
            let subscriptions = own.remove(&service.id.0).unwrap_or_default();
            (service, subscriptions)
        };
        Ok((total, services.into_iter().map(with).collect()))
    }

    /// An account's services by name, after a name (empty: from the start), at most 1,000.
    pub async fn services_after(&self, account: &AccountId, name: &str, most: u32) -> Result<Vec<Service>> {
        Ok(storage::services::after(&self.db, account, name, i64::from(most.min(1000))).await?)
    }

    /// A part of the service list as searched for; [`Search::behind`] its last line it goes on.
    pub async fn find_services(
        &self,
        account: &AccountId,
        search: &Search,
        portion: Portion,
    ) -> Result<Vec<ServiceLine>> {
        Ok(storage::services::page(&self.db, account, search, portion).await?)
    }

    /// Where the sign-in data of a service stand; `None` while there are none.
    pub async fn credentials_state(&self, service: ServiceId) -> Result<Option<CredentialsState>> {
        Ok(storage::credentials::get(&self.db, service).await?.map(|c| c.state))
    }

    /// The mails about a service, newest first.
    pub async fn mails_about(&self, service: ServiceId) -> Result<Vec<Mail>> {
        Ok(storage::mails::about(&self.db, service).await?)
    }

    /// Changes a service here only: nothing is sent to Microsoft (design §11.11).
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Invalid`] naming every wrong field, [`Conflict::EmailFrozen`],
    /// [`Conflict::ChangedMeanwhile`].
    pub async fn update_service(&self, actor: &Actor, name: &ServiceName, changes: &ServiceChanges) -> Result<Service> {
        let before = self.service(&actor.account, name).await?;
        let mut service = before.clone();
        let mut wrong = Vec::new();
        if let Some(text) = &changes.display_name {
            match contact::text("displayName", text, 100) {
                Ok(text) => service.display_name = text,
                Err(e) => wrong.push(e),
            }
        }
        if let Some(text) = &changes.mpn_id {
            match MpnId::parse("mpnId", text) {
                Ok(mpn_id) => service.mpn_id = mpn_id,
                Err(e) => wrong.push(e),
            }
        }
        match merged(&before, changes).check("", &before.contact.language) {
            Ok(contact) => service.contact = contact,
            Err(faults) => wrong.extend(faults),
        }
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        if service.mpn_id != before.mpn_id {
            if let Some(e) = self.check_mpn_approved(&actor.account, &service.mpn_id).await? {
                return Err(Problem::Invalid(vec![e]));
            }
            service.mpn_flag = None;
        }
        if service.contact.email != before.contact.email {
            let delivered = matches!(
                self.credentials_state(before.id).await?,
                Some(CredentialsState::Delivered { .. } | CredentialsState::Erased)
            );
            if !delivered {
                return Err(Problem::Conflict(Conflict::EmailFrozen));
            }
            let wrong: Vec<_> = self
                .contact_objections(&actor.account, &service.contact)
                .await?
                .into_iter()
                .filter(|e| e.field == "contactEmail")
                .map(|mut e| {
                    e.field = "email".to_owned();
                    e
                })
                .collect();
            if !wrong.is_empty() {
                return Err(Problem::Invalid(wrong));
            }
        }
        if service == before {
            return Ok(service);
        }
        let now = self.clock.business();
        let entry = self.entry(
            actor,
            "ServiceChanged",
            format!("service/{}", service.name),
            json!({
                "before": { "displayName": before.display_name, "contact": before.contact, "mpnId": before.mpn_id },
                "after": { "displayName": service.display_name, "contact": service.contact, "mpnId": service.mpn_id },
            }),
        );
        let saved = service.clone();
        self.db
            .write(move |tx| {
                let (service, entry) = (saved.clone(), entry.clone());
                Box::pin(async move {
                    storage::services::update(tx, &service, now).await?;
                    storage::audit::insert(tx, &entry).await
                })
            })
            .await?;
        service.version += 1;
        service.updated_at = Some(now);
        Ok(service)
    }
}

fn merged(service: &Service, changes: &ServiceChanges) -> ContactInput {
    let c = service.contact.clone();
    let pick = |new: &Option<String>, old: String| new.clone().unwrap_or(old);
    ContactInput {
        first_name: pick(&changes.first_name, c.first_name),
        last_name: pick(&changes.last_name, c.last_name),
        email: pick(&changes.email, c.email),
        phone: pick(&changes.phone, c.phone),
        address: pick(&changes.address, c.address),
        city: pick(&changes.city, c.city),
        zip_code: pick(&changes.zip_code, c.zip_code),
        state: c.state,
        country: c.country,
        company_name: c.company_name,
        organization_registration_number: c.organization_registration_number.unwrap_or_default(),
        language: c.language,
    }
}
