//! Live checks: a door asks, the workflow answers at once in a fast lane (design §11.1).

use super::{MailDomains, Missing, Operations, Problem, Result, jobs::Job};
pub use crate::storage::checks::{Check, Question, Verdict};
use crate::storage::{self, jobs::NewJob};
use licensing::{
    catalogue::Licence,
    contact::{Contact, domain_of},
    id::{AccountId, MpnId, Subdomain},
    invalid::{Invalid, Rule},
    order::OrderRequest,
};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

impl Operations {
    /// Asks. A question that can be answered here, or was answered within the last minutes, comes back with
    /// its verdict; else poll [`Operations::check`]. What is known here goes first, as for an order, and is
    /// not kept. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn ask(&self, account: &AccountId, question: Question) -> Result<Check> {
        let (check, job) = self.prepared(account, question).await?;
        self.save_asked(job.map(|job| (check.clone(), job)).into_iter().collect()).await?;
        Ok(check)
    }

    /// [`Operations::ask`] for several questions, saved in one commit.
    pub(crate) async fn ask_all(&self, account: &AccountId, questions: Vec<Question>) -> Result<Vec<Check>> {
        let (mut checks, mut asked) = (Vec::new(), Vec::new());
        for question in questions {
            let (check, job) = self.prepared(account, question).await?;
            asked.extend(job.map(|job| (check.clone(), job)));
            checks.push(check);
        }
        self.save_asked(asked).await?;
        Ok(checks)
    }

    /// A question as a check; with the promise to answer it where it is still to be saved.
    async fn prepared(&self, account: &AccountId, question: Question) -> Result<(Check, Option<NewJob>)> {
        let now = self.clock.business();
        let new = |question, verdict: Option<Verdict>| Check {
            id: self.clock.new_id(),
            account: account.clone(),
            question,
            answered_at: verdict.is_some().then_some(now),
            verdict,
            asked_at: now,
        };
        if let Some(verdict) = self.known_here(&question).await? {
            return Ok((new(question, Some(verdict)), None));
        }
        let kept = storage::checks::newest(&self.db, account, &question, now - self.policy.verdict_holds).await?;
        if let Some(kept) = kept.filter(|kept| !matches!(kept.verdict, Some(Verdict::Unavailable))) {
            // Another address of the same domain, another line of the same licence: the answer is the same.
            return Ok((Check { question, ..kept }, None));
        }
        let check = new(question, None);
        let job = self.promise(&Job::AnswerCheck { check: check.id }, now);
        Ok((check, Some(job)))
    }

    async fn save_asked(&self, asked: Vec<(Check, NewJob)>) -> Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        let asked = Arc::new(asked);
        self.db
            .write(move |tx| {
                let asked = asked.clone();
                Box::pin(async move {
                    for (check, job) in asked.iter() {
                        storage::checks::insert(tx, check).await?;
                        storage::jobs::insert(tx, job, check.asked_at).await?;
                    }
                    Ok::<_, storage::Error>(())
                })
            })
            .await?;
        self.ring();
        Ok(())
    }

    /// A check that the account asked for.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn check(&self, account: &AccountId, id: Uuid) -> Result<Check> {
        storage::checks::get(&self.db, account, id)
            .await?
            .ok_or_else(|| Problem::NotFound(Missing::Object(id.to_string())))
    }

    /// What needs nobody else to be answered.
    async fn known_here(&self, question: &Question) -> Result<Option<Verdict>> {
        let promised = match question {
            Question::Subdomain { subdomain } => match Subdomain::parse("customSubdomain", subdomain) {
                Ok(subdomain) => storage::services::name_is_promised(&self.db, &subdomain.service_name()).await?,
                Err(_) => false,
            },
            _ => false,
        };
        Ok(self.known_without_asking(question, promised))
    }

    fn known_without_asking(&self, question: &Question, name_promised: bool) -> Option<Verdict> {
        match question {
            Question::Subdomain { subdomain } => match Subdomain::parse("customSubdomain", subdomain) {
                Err(e) => Some(Verdict::Bad { rule: e.rule }),
                Ok(_) => name_promised.then_some(Verdict::Bad { rule: Rule::SubdomainTaken }),
            },
            Question::Partner { mpn_id } => MpnId::parse("mpnId", mpn_id).err().map(|e| Verdict::Bad { rule: e.rule }),
            Question::Email { email } => match self.policy.mail_domains {
                MailDomains::Off => Some(Verdict::Good { note: String::new() }),
                MailDomains::Table => Some(by_table(&domain_of(email))),
                MailDomains::Dns => None,
            },
            Question::Address { .. } | Question::Licence { .. } => None,
        }
    }

    /// What recent verdicts and our own tables say against an order. Without a verdict nothing.
    pub(crate) async fn objections(&self, account: &AccountId, order: &OrderRequest) -> Result<Vec<Invalid>> {
        let subdomain = order.subdomain.as_ref();
        let licences = order.lines.iter().map(|line| &line.licence).enumerate();
        let mut questions =
            questions(Some(&order.mpn_id), subdomain, Some(&order.contact.email), Some(order.contact.clone()));
        questions.extend(of_licences(&order.contact.country, licences));
        let since = self.clock.business() - self.policy.verdict_holds;
        let name = subdomain.map(|s| s.service_name().to_string()).unwrap_or_default();
        let record = storage::checks::on_record(&self.db, account, &order.mpn_id, &name, &questions, since).await?;
        let mut wrong = Vec::new();
        if !record.mpn_approved {
            wrong.push(Invalid::new("mpnId", order.mpn_id.as_str(), Rule::MpnNotApproved));
        }
        for question in &questions {
            let known = self.known_without_asking(question, record.name_promised);
            if let Some(Verdict::Bad { rule }) = known.as_ref().or_else(|| record.verdict(question)) {
                wrong.push(question.refused(rule));
            }
        }
        Ok(wrong)
    }

    /// [`Operations::objections`] about the contact's e-mail and address.
    pub(crate) async fn contact_objections(&self, account: &AccountId, contact: &Contact) -> Result<Vec<Invalid>> {
        let mut wrong = Vec::new();
        for question in questions(None, None, Some(&contact.email), Some(contact.clone())) {
            wrong.extend(self.objection(account, question).await?);
        }
        Ok(wrong)
    }

    async fn objection(&self, account: &AccountId, question: Question) -> Result<Option<Invalid>> {
        let since = self.clock.business() - self.policy.verdict_holds;
        let verdict = match self.known_here(&question).await? {
            Some(verdict) => Some(verdict),
            None => storage::checks::newest(&self.db, account, &question, since).await?.and_then(|check| check.verdict),
        };
        Ok(match verdict {
            Some(Verdict::Bad { rule }) => Some(question.refused(&rule)),
            _ => None,
        })
    }

    /// The question of a check, for the workflow; `None` when it is answered or forgotten.
    pub async fn open_question(&self, id: Uuid) -> Result<Option<Question>> {
        let check = storage::checks::by_id(&self.db, id).await?;
        Ok(check.filter(|c| c.verdict.is_none()).map(|c| c.question))
    }
}

/// What is asked of others about an order, as far as its parts are there; in the order of the form.
pub(crate) fn questions(
    mpn_id: Option<&MpnId>,
    subdomain: Option<&Subdomain>,
    email: Option<&str>,
    contact: Option<Contact>,
) -> Vec<Question> {
    let partner = mpn_id.map(|id| Question::Partner { mpn_id: id.to_string() });
    let subdomain = subdomain.map(|name| Question::Subdomain { subdomain: name.to_string() });
    let email = email.map(|email| Question::Email { email: email.to_owned() });
    let address = contact.map(|contact| Question::Address { contact: Box::new(contact) });
    [partner, subdomain, email, address].into_iter().flatten().collect()
}

/// What is asked of Microsoft about the licences of an order, each with its line.
pub(crate) fn of_licences<'a>(
    country: &'a str,
    licences: impl Iterator<Item = (usize, &'a Licence)> + 'a,
) -> impl Iterator<Item = Question> + 'a {
    licences.map(move |(line, licence)| Question::Licence {
        line,
        licence: Box::new(licence.clone()),
        country: country.to_owned(),
    })
}

impl Question {
    /// The field of the order form that a bad answer is about.
    pub fn field(&self) -> Cow<'static, str> {
        match self {
            Question::Subdomain { .. } => "customSubdomain".into(),
            Question::Partner { .. } => "mpnId".into(),
            Question::Address { .. } => "contactAddress".into(),
            Question::Email { .. } => "contactEmail".into(),
            Question::Licence { line, .. } => format!("lines[{line}].licenceId").into(),
        }
    }

    /// The value of that field.
    pub fn value(&self) -> Cow<'_, str> {
        match self {
            Question::Subdomain { subdomain } => subdomain.into(),
            Question::Partner { mpn_id } => mpn_id.into(),
            Question::Address { contact } => (&contact.address).into(),
            Question::Email { email } => email.into(),
            Question::Licence { licence, .. } => licence.id.to_string().into(),
        }
    }

    /// A bad answer about its field.
    pub(crate) fn refused(&self, rule: &Rule) -> Invalid {
        Invalid::new(self.field(), self.value(), rule.clone())
    }
}

/// The verdict of the demo's table of e-mail domains (design §11.10).
fn by_table(domain: &str) -> Verdict {
    match domain {
        "nomail.example" => Verdict::Bad { rule: Rule::EmailDomain },
        domain if domain.ends_with(".example") => Verdict::Good { note: String::new() },
        _ => Verdict::Unavailable,
    }
}
