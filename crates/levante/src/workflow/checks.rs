//! Answers live checks at once: somebody is looking at a form.

use super::{Workflow, mail_domains::Domain, provisioning};
use crate::{
    operations::{
        Problem,
        checks::{Question, Verdict},
        work::ClaimedJob,
    },
    provider::{AddressVerdict, Trouble},
};
use licensing::{
    contact::domain_of,
    id::{MpnId, Subdomain},
    invalid::Rule,
    partner::PartnerCheck,
};
use uuid::Uuid;

pub(super) async fn answer(workflow: &Workflow, job: &ClaimedJob, check: Uuid) -> Result<(), Problem> {
    let Some(question) = workflow.operations.open_question(check).await? else {
        return workflow.operations.drop_job(job).await;
    };
    let verdict = judge(workflow, &question).await.unwrap_or_else(|trouble| {
        tracing::warn!(%check, kind = question.kind(), error = %trouble, "a live check could not be answered");
        Verdict::Unavailable
    });
    workflow.operations.answer_check(job, check, verdict).await
}

async fn judge(workflow: &Workflow, question: &Question) -> Result<Verdict, Trouble> {
    let good = |note: &str| Verdict::Good { note: note.to_owned() };
    Ok(match question {
        Question::Subdomain { subdomain } => match Subdomain::parse("customSubdomain", subdomain) {
            Err(e) => Verdict::Bad { rule: e.rule },
            Ok(name) => match workflow.desk.name_is_free(&name.service_name()).await? {
                true => good(""),
                false => Verdict::Bad { rule: Rule::SubdomainTaken },
            },
        },
        Question::Partner { mpn_id } => match MpnId::parse("mpnId", mpn_id) {
            Err(e) => Verdict::Bad { rule: e.rule },
            Ok(mpn_id) => match workflow.desk.check_partner(&mpn_id).await? {
                PartnerCheck::Good(reseller) => good(&reseller.name),
                PartnerCheck::Bad { flag } => Verdict::Bad { rule: flag.rule() },
                PartnerCheck::Unchecked | PartnerCheck::Unavailable { .. } => Verdict::Unavailable,
            },
        },
        Question::Address { contact } => match workflow.desk.check_address(contact).await? {
            AddressVerdict::Accepted => good(""),
            AddressVerdict::Doubtful(hints) => Verdict::Doubtful { hints },
            AddressVerdict::Refused => Verdict::Bad { rule: Rule::AddressRefused },
        },
        Question::Email { email } => match workflow.mail_domains.receives_mail(&domain_of(email)).await {
            Domain::ReceivesMail => good(""),
            Domain::ReceivesNone => Verdict::Bad { rule: Rule::EmailDomain },
            Domain::Unknown => Verdict::Unavailable,
        },
        Question::Licence { licence, country, .. } => {
            match workflow.desk.is_sold(country, &provisioning::wanted(licence)).await? {
                true => good(""),
                false => Verdict::Bad { rule: Rule::LicenceNotSold },
            }
        }
    })
}
