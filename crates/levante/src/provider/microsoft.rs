//! Microsoft as the supplier: our words to Partner Center's and back. With `refusals.rs` the only
//! place that knows both. It decides nothing and repeats no write; the workflow does.

use super::{
    AddressVerdict, Answer, Asking, CallId, CartLine, CreatedTenant, FilledCart, FoundTenant, NewTenant, Provider,
    Purchase, Refused, RefusedKind, RemoteOrder, RemoteSubscription, SubscriptionChange, Trouble, Vetting, Wanted,
};
use jiff::Timestamp;
use licensing::{
    contact::Contact,
    id::{MpnId, RemoteSubscriptionId, ServiceName, TenantId},
    order::Agreement,
    partner::{MpnFlag, PartnerCheck, Reseller},
};
use partner_center::{
    AccountStatus, Address, AddressStatus, AgreementContact, AgreementStatus, Call, CatalogueOf, Client, Domain, Error,
    Meaning, NewAgreement, NewCart, NewCustomer, NotSigned, PartnerKey, PartnerRelationship, Password, PostalAddress,
    Refusal, Subscription, SubscriptionFilter, SubscriptionPatch, SubscriptionStatus, TermEnd,
};
use refusals::{settle, trouble};
use resources::{cart_line, cycle, digits, filled_cart, one_line, remote_order, remote_subscription, tenant_id};
use secrecy::SecretString;
use std::sync::Arc;

mod refusals;
mod resources;
#[cfg(test)]
mod road;

/// Name of the administrator that Microsoft makes in a new tenant (trap 3).
const ADMINISTRATOR: &str = "admin";

/// Where the time of a verdict comes from.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Microsoft, behind Partner Center's REST API (or the simulator that plays it).
#[derive(Clone)]
pub struct Microsoft {
    client: Client,
    now: Now,
}

impl std::fmt::Debug for Microsoft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Microsoft").field("client", &self.client).finish_non_exhaustive()
    }
}

impl Microsoft {
    /// The supplier behind a client. `now` is the business clock.
    pub fn new(client: Client, now: Now) -> Microsoft {
        Microsoft { client, now }
    }

    async fn verdict_on_partner(&self, mpn: &MpnId) -> Result<PartnerCheck, Error> {
        let bad = |flag| Ok(PartnerCheck::Bad { flag });
        let Some(profile) = self.client.mpn_profile(mpn.as_str()).await? else {
            return bad(MpnFlag::MpnIdNotFound);
        };
        if let AgreementStatus::NotSigned(reason) =
            self.client.agreement_status(PartnerKey::MpnId(mpn.as_str())).await?
        {
            return bad(match reason {
                NotSigned::UnknownMpnId | NotSigned::UnknownTenant => MpnFlag::MpnIdNotFound,
                NotSigned::WrongRegion => MpnFlag::MpnIdRegionMismatch,
                NotSigned::NotSigned => MpnFlag::MpnAgreementNotSigned,
                // Microsoft tells us apart from other companies that are no resellers only here.
                NotSigned::NotIndirectReseller if self.client.own_profile().await?.mpn_id == mpn.as_str() => {
                    MpnFlag::MpnIdIsProvider
                }
                NotSigned::NotIndirectReseller => MpnFlag::MpnIdNotIndirectReseller,
                NotSigned::Malformed => MpnFlag::MpnIdInvalidFormat,
            });
        }
        let active = |resellers: Vec<PartnerRelationship>| {
            resellers.into_iter().find(|reseller| reseller.is_active_with(mpn.as_str()))
        };
        let ours = match active(self.client.resellers().await?) {
            Some(ours) => Some(ours),
            // Only one state is documented. A no that rests on any other word is asked for twice: it ends an order.
            None => active(self.client.resellers().await?),
        };
        match ours.map(|reseller| (reseller.id.parse::<TenantId>(), reseller.name)) {
            Some((Ok(tenant), name)) => Ok(PartnerCheck::Good(Reseller {
                mpn_id: mpn.clone(),
                tenant,
                name: if name.is_empty() { profile.partner_name } else { name },
                checked_at: (self.now)(),
            })),
            _ => bad(MpnFlag::MpnNoPartnership),
        }
    }

    /// Culture and language that the country's rules allow, as near to the contact's as can be.
    /// They depend on the contact and the country alone, so that a repetition has the same body.
    async fn culture(&self, contact: &Contact) -> Result<(String, String), Error> {
        let rules = self.client.country_rules(&contact.country).await?;
        let language = rules
            .languages()
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(&contact.language))
            .or_else(|| rules.languages().first().copied())
            .unwrap_or(&contact.language)
            .to_owned();
        let wanted = format!("{}-{}", contact.language, contact.country);
        let culture = rules
            .cultures()
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(&wanted))
            .or_else(|| rules.default_culture())
            .or_else(|| rules.cultures().first().copied())
            .unwrap_or(&wanted)
            .to_owned();
        Ok((culture, language))
    }

    async fn new_customer(&self, wanted: &NewTenant<'_>) -> Result<NewCustomer, Error> {
        let contact = wanted.contact;
        let (culture, language) = self.culture(contact).await?;
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        Ok(NewCustomer {
            domain: wanted.name.as_str().to_owned(),
            organization_registration_number: contact.organization_registration_number.clone(),
            company_name: contact.company_name.clone(),
            email: contact.email.clone(),
            culture,
            language,
            address: Address {
                country: filled(&contact.country),
                city: filled(&contact.city),
                state: filled(&contact.state),
                address_line1: filled(&contact.address),
                postal_code: filled(&contact.zip_code),
                first_name: filled(&contact.first_name),
                last_name: filled(&contact.last_name),
                phone_number: filled(&digits(&contact.phone)),
                ..Address::default()
            },
            associated_partner_id: wanted.reseller.tenant.to_string(),
            enable_gdap_by_default: true,
        })
    }

    /// What can be bought of a licence in a catalogue; `None` when it is not sold there.
    async fn item(&self, catalogue: CatalogueOf<'_>, wanted: &Wanted) -> Result<Option<String>, Error> {
        let segment = Some(wanted.segment.word());
        let found = self.client.availabilities(catalogue, &wanted.sku.product, &wanted.sku.sku, segment).await;
        let availabilities = match found {
            Ok(availabilities) => availabilities,
            Err(Error::Refused(refusal)) if is_not_sold(&refusal) => return Ok(None),
            Err(error) => return Err(error),
        };
        let cycle = cycle(wanted.plan);
        Ok(availabilities
            .into_iter()
            .find(|availability| {
                availability.is_purchasable
                    && availability.segment.eq_ignore_ascii_case(wanted.segment.word())
                    && availability.term(wanted.term.iso(), &cycle).is_some()
            })
            .map(|availability| availability.catalog_item_id))
    }
}

impl Provider for Microsoft {
    fn in_background(&self) -> Arc<dyn Provider> {
        Arc::new(Microsoft { client: self.client.background(), now: self.now.clone() })
    }

    fn check_partner<'a>(&'a self, mpn: &'a MpnId) -> Asking<'a, PartnerCheck> {
        Box::pin(async move { self.verdict_on_partner(mpn).await.map_err(|error| trouble(&error)) })
    }

    fn name_is_free<'a>(&'a self, name: &'a ServiceName) -> Asking<'a, bool> {
        Box::pin(async move {
            let domain = self.client.check_domain(name.as_str()).await.map_err(|error| trouble(&error))?;
            Ok(domain == Domain::Available)
        })
    }

    fn check_address<'a>(&'a self, contact: &'a Contact) -> Asking<'a, AddressVerdict> {
        Box::pin(async move {
            let filled = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
            let address = PostalAddress {
                address_line1: filled(&contact.address),
                address_line2: None,
                city: filled(&contact.city),
                state: filled(&contact.state),
                postal_code: filled(&contact.zip_code),
                country: filled(&contact.country),
            };
            match self.client.check_address(&address).await {
                Ok(check) => Ok(match check.status {
                    AddressStatus::VerifiedShippable | AddressStatus::Verified => AddressVerdict::Accepted,
                    AddressStatus::None => AddressVerdict::Refused,
                    _ => AddressVerdict::Doubtful(check.suggested_addresses.iter().take(3).map(one_line).collect()),
                }),
                Err(Error::Refused(refusal)) if refusal.status == 400 && !refusal.needs_user_token() => {
                    Ok(AddressVerdict::Refused)
                }
                Err(error) => Err(trouble(&error)),
            }
        })
    }

    fn create_tenant<'a>(&'a self, call: CallId, wanted: NewTenant<'a>) -> Asking<'a, Answer<CreatedTenant>> {
        Box::pin(async move {
            let new = match self.new_customer(&wanted).await {
                Ok(new) => new,
                // Only the preparation failed: the tenant itself was not asked for.
                Err(error) => return Err(before_the_write(&error)),
            };
            let created = match settle(self.client.create_customer(&of(call), &new).await)? {
                Answer::Done(created) => created,
                Answer::Refused(refused) => return Ok(Answer::Refused(refused)),
            };
            let tenant = tenant_id(&created.customer.id)?;
            let domain = wanted.name.as_str();
            let user_name = match &created.credentials {
                Some(credentials) => credentials.sign_in_name(domain),
                None => format!("{ADMINISTRATOR}@{domain}"),
            };
            let password = created.credentials.map(|credentials| credentials.password);
            Ok(Answer::Done(CreatedTenant { tenant, user_name, password }))
        })
    }

    fn find_tenant<'a>(&'a self, name: &'a ServiceName) -> Asking<'a, Option<FoundTenant>> {
        Box::pin(async move {
            let found = self.client.find_customer(name.as_str()).await.map_err(|error| trouble(&error))?;
            found
                .map(|customer| {
                    Ok(FoundTenant {
                        tenant: tenant_id(&customer.id)?,
                        company_name: customer.company_profile.company_name.unwrap_or_default(),
                    })
                })
                .transpose()
        })
    }

    fn tenant_is_readable(&self, tenant: TenantId) -> Asking<'_, bool> {
        Box::pin(async move {
            match self.client.customer(&tenant.to_string()).await {
                Ok(_) => Ok(true),
                Err(Error::Refused(refusal)) if refusal.status == 404 => Ok(false),
                Err(error) => Err(trouble(&error)),
            }
        })
    }

    fn vetting(&self, tenant: TenantId) -> Asking<'_, Vetting> {
        Box::pin(async move {
            let status = self.client.account_status(&tenant.to_string()).await;
            Ok(match status.map_err(|error| trouble(&error))? {
                AccountStatus::Allowed => Vetting::Allowed,
                AccountStatus::NotAllowed => Vetting::NotAllowed,
                AccountStatus::UnderReview
                | AccountStatus::Unknown
                | AccountStatus::NotReady
                | AccountStatus::Other(_) => Vetting::UnderReview,
            })
        })
    }

    fn agreement_is_confirmed(&self, tenant: TenantId) -> Asking<'_, bool> {
        Box::pin(async move {
            let customer = tenant.to_string();
            let attested = self.client.agreements(&customer).await.map_err(|error| trouble(&error))?;
            if !attested.is_empty() {
                return Ok(true);
            }
            match self.client.signed_directly(&customer).await {
                Ok(signed) => Ok(signed),
                // Nothing is known of a direct signature.
                Err(Error::Refused(refusal)) if refusal.status == 404 => Ok(false),
                Err(error) => Err(trouble(&error)),
            }
        })
    }

    fn confirm_agreement<'a>(
        &'a self,
        call: CallId,
        tenant: TenantId,
        agreement: &'a Agreement,
    ) -> Asking<'a, Answer<()>> {
        Box::pin(async move {
            let template = self.client.agreement_template().await.map_err(|error| before_the_write(&error))?;
            let Some(template) = template else {
                return Err(Trouble::NotSent { why: "Partner Center names no customer agreement template".to_owned() });
            };
            let new = NewAgreement {
                contact: AgreementContact {
                    first_name: agreement.first_name.clone(),
                    last_name: agreement.last_name.clone(),
                    email: agreement.email.clone(),
                    phone_number: None,
                },
                template_id: template.template_id,
                date_agreed: agreement.agreed_at.into(),
            };
            let confirmed = self.client.confirm_agreement(&of(call), &tenant.to_string(), &new).await;
            settle(confirmed.map(|_recorded_or_already_there| ()))
        })
    }

    fn is_sold<'a>(&'a self, country: &'a str, wanted: &'a Wanted) -> Asking<'a, bool> {
        Box::pin(async move {
            let item = self.item(CatalogueOf::Country(country), wanted).await;
            item.map(|item| item.is_some()).map_err(|error| trouble(&error))
        })
    }

    fn find_item<'a>(&'a self, tenant: TenantId, wanted: &'a Wanted) -> Asking<'a, Option<String>> {
        Box::pin(async move {
            let customer = tenant.to_string();
            self.item(CatalogueOf::Customer(&customer), wanted).await.map_err(|error| trouble(&error))
        })
    }

    fn fill_cart<'a>(
        &'a self,
        call: CallId,
        tenant: TenantId,
        lines: &'a [CartLine],
    ) -> Asking<'a, Answer<FilledCart>> {
        Box::pin(async move {
            let new = NewCart { lines: lines.iter().map(cart_line).collect() };
            let filled = self.client.create_cart(&of(call), &tenant.to_string(), &new).await;
            settle(filled.map(filled_cart))
        })
    }

    fn check_out<'a>(&'a self, call: CallId, tenant: TenantId, cart: &'a str) -> Asking<'a, Answer<Purchase>> {
        Box::pin(async move {
            let bought = self.client.check_out(&of(call), &tenant.to_string(), cart).await;
            match settle(bought)? {
                Answer::Refused(refused) => Ok(Answer::Refused(refused)),
                Answer::Done(checkout) => Ok(Answer::Done(Purchase {
                    orders: checkout.orders.into_iter().map(remote_order).collect::<Result<_, _>>()?,
                    refused: checkout.order_errors.iter().map(refusals::of_group).collect(),
                })),
            }
        })
    }

    fn read_order<'a>(&'a self, tenant: TenantId, order: &'a str) -> Asking<'a, Option<RemoteOrder>> {
        Box::pin(async move {
            match self.client.order(&tenant.to_string(), order).await {
                Ok(order) => remote_order(order).map(Some),
                Err(Error::Refused(refusal)) if refusal.status == 404 => Ok(None),
                Err(error) => Err(trouble(&error)),
            }
        })
    }

    fn read_orders(&self, tenant: TenantId) -> Asking<'_, Vec<RemoteOrder>> {
        Box::pin(async move {
            let orders = self.client.orders(&tenant.to_string()).await.map_err(|error| trouble(&error))?;
            orders.into_iter().map(remote_order).collect()
        })
    }

    fn read_subscriptions(&self, tenant: TenantId) -> Asking<'_, Vec<RemoteSubscription>> {
        Box::pin(async move {
            let all = self.client.subscriptions(&tenant.to_string(), SubscriptionFilter::All).await;
            all.map_err(|error| trouble(&error))?.into_iter().map(remote_subscription).collect()
        })
    }

    fn read_subscription(&self, tenant: TenantId, id: RemoteSubscriptionId) -> Asking<'_, Option<RemoteSubscription>> {
        Box::pin(async move {
            match self.client.subscription(&tenant.to_string(), &id.to_string()).await {
                Ok(subscription) => remote_subscription(subscription).map(Some),
                Err(Error::Refused(refusal)) if refusal.status == 404 => Ok(None),
                Err(error) => Err(trouble(&error)),
            }
        })
    }

    fn change_subscription<'a>(
        &'a self,
        call: CallId,
        tenant: TenantId,
        current: &'a RemoteSubscription,
        change: SubscriptionChange,
    ) -> Asking<'a, Answer<Option<RemoteSubscription>>> {
        Box::pin(async move {
            let read: Subscription = serde_json::from_value(current.raw.clone())
                .map_err(|error| Trouble::NotSent { why: format!("the subscription as read: {error}") })?;
            let change = match change {
                SubscriptionChange::Seats(seats) => partner_center::SubscriptionChange::Quantity(seats.get()),
                SubscriptionChange::Cancel => partner_center::SubscriptionChange::Status(SubscriptionStatus::Deleted),
                SubscriptionChange::Renewal(true) => partner_center::SubscriptionChange::TermEnd(TermEnd::Renew),
                SubscriptionChange::Renewal(false) => partner_center::SubscriptionChange::TermEnd(TermEnd::End),
            };
            let patched = self.client.change_subscription(&of(call), &tenant.to_string(), &read, &change).await;
            Ok(match settle(patched)? {
                Answer::Refused(refused) => Answer::Refused(refused),
                Answer::Done(SubscriptionPatch::Accepted { .. }) => Answer::Done(None),
                Answer::Done(SubscriptionPatch::Done(after)) => Answer::Done(Some(remote_subscription(after)?)),
            })
        })
    }

    fn reset_administrator_password<'a>(
        &'a self,
        call: CallId,
        tenant: TenantId,
        name: &'a ServiceName,
        password: &'a SecretString,
    ) -> Asking<'a, Answer<()>> {
        Box::pin(async move {
            let customer = tenant.to_string();
            let no_role = |refusal: &Refusal| {
                let code = refusal.code.clone().unwrap_or_else(|| refusal.status.to_string());
                Answer::Refused(Refused { kind: RefusedKind::NotDelegated, code, detail: refusal.to_string() })
            };
            let found = match self.client.administrator(&customer, name.as_str()).await {
                Ok(found) => found,
                Err(Error::Refused(refusal)) if refusal.meaning() == Meaning::RoleMissing => {
                    return Ok(no_role(&refusal));
                }
                // Only the look-up failed: nothing was changed.
                Err(error) => return Err(before_the_write(&error)),
            };
            let Some(user) = found else {
                let (code, detail) = ("none".to_owned(), "no first administrator".to_owned());
                return Ok(Answer::Refused(Refused { kind: RefusedKind::NoAdministrator, code, detail }));
            };
            let password = Password { text: password.clone(), force_change: false };
            match self.client.reset_password(&of(call), &customer, &user.id, &password).await {
                Err(Error::Refused(refusal)) if refusal.meaning() == Meaning::RoleMissing => Ok(no_role(&refusal)),
                answer => settle(answer.map(drop)),
            }
        })
    }
}

fn of(call: CallId) -> Call {
    Call { request_id: call.request, correlation_id: call.correlation }
}

/// Trouble while a write was prepared: whatever a look-up said, the write was not sent.
fn before_the_write(error: &Error) -> Trouble {
    match trouble(error) {
        Trouble::Unclear { why } => Trouble::NotSent { why },
        other => other,
    }
}

fn is_not_sold(refusal: &partner_center::Refusal) -> bool {
    matches!(refusal.meaning(), Meaning::ItemNotFound | Meaning::AvailabilityGone | Meaning::ItemNotAvailable)
        || ["400030", "400036"].iter().any(|code| refusal.is(403, code))
}
