//! What a member has typed into the order form: kept with every step, gone with the order.

use crate::{
    operations::Operations,
    panel::{fault::Fault, gate::Reseller},
    secrets::new_token,
};
use licensing::order::{AgreementInput, LineInput, MOST_LINES, OrderInput};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// The form's name among the drafts.
const FORM: &str = "order";
/// The longest value of a field, in characters; longer ones are cut, and refused by their rule.
const LONGEST: usize = 400;

/// The order form as it stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderDraft {
    /// The fields.
    pub input: OrderInput,
    /// The tick "custom subdomain"; without it the name is not used.
    pub custom: bool,
    /// Names this very content: an order is placed only as it was seen, and only once.
    pub token: String,
}

impl OrderDraft {
    /// An empty form: one line of one licence.
    pub fn empty() -> OrderDraft {
        let mut draft = OrderDraft::default();
        draft.input.lines.push(LineInput { licence_id: String::new(), quantity: "1".to_owned() });
        draft
    }

    /// The form as it was sent, under a new token.
    pub fn read(fields: &[(String, String)]) -> OrderDraft {
        let get = |name: &str| -> String {
            let value = fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
            value.chars().take(LONGEST).collect()
        };
        let mut draft = OrderDraft::default();
        let input = &mut draft.input;
        input.tenant_mode = get("tenantMode");
        input.custom_subdomain = get("customSubdomain");
        input.mpn_id = get("mpnId");
        let c = &mut input.contact;
        c.company_name = get("companyName");
        c.organization_registration_number = get("organizationRegistrationNumber");
        c.first_name = get("contactFirstName");
        c.last_name = get("contactLastName");
        c.email = get("contactEmail");
        c.phone = get("contactPhone");
        c.country = get("contactCountry");
        c.address = get("contactAddress");
        c.zip_code = get("contactZipCode");
        c.city = get("contactCity");
        c.state = get("contactState");
        c.language = get("language");
        for index in 0..=MOST_LINES {
            let (licence, quantity) = (format!("lines[{index}].licenceId"), format!("lines[{index}].quantity"));
            if fields.iter().any(|(n, _)| *n == licence || *n == quantity) {
                input.lines.push(LineInput { licence_id: get(&licence), quantity: get(&quantity) });
            }
        }
        draft.custom = get("custom") == "yes";
        draft.token = new_token(32).expose_secret().to_owned();
        draft
    }

    /// The order that the form asks for. Lines without a licence are left out while others have one;
    /// until somebody has accepted the agreement, the contact stands in.
    pub fn order(&self, agreement: Option<AgreementInput>, now: jiff::Timestamp) -> OrderInput {
        let mut order = self.input.clone();
        if !self.custom {
            order.custom_subdomain.clear();
        }
        if order.lines.iter().any(|l| !l.licence_id.trim().is_empty()) {
            order.lines.retain(|l| !l.licence_id.trim().is_empty());
        } else {
            order.lines.clear();
        }
        order.agreement = agreement.unwrap_or_else(|| AgreementInput {
            first_name: order.contact.first_name.clone(),
            last_name: order.contact.last_name.clone(),
            email: order.contact.email.clone(),
            agreed_at: now.to_string(),
        });
        order
    }

    /// Drops the lines that [`OrderDraft::order`] leaves out, so that errors name the lines that are shown.
    pub fn tidy(&mut self) {
        if self.input.lines.iter().any(|l| !l.licence_id.trim().is_empty()) {
            self.input.lines.retain(|l| !l.licence_id.trim().is_empty());
        } else {
            self.input.lines.truncate(1);
        }
    }

    /// The member's draft.
    pub async fn load(ops: &Operations, who: &Reseller) -> Result<Option<OrderDraft>, Fault> {
        let kept = ops.draft(who.session().member.id, FORM).await?;
        // A draft of an older form that does not read any more is worth nothing.
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps it.
    pub async fn keep(&self, ops: &Operations, who: &Reseller) -> Result<(), Fault> {
        let text = serde_json::to_string(self).map_err(|e| Fault::Page(e.to_string()))?;
        Ok(ops.keep_draft(who.session().member.id, FORM, &text).await?)
    }

    /// Forgets it.
    pub async fn forget(ops: &Operations, who: &Reseller) -> Result<(), Fault> {
        Ok(ops.drop_draft(who.session().member.id, FORM).await?)
    }
}
