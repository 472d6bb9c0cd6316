//! `/v2/iam`: resources, policies, groups and actions (contracts/ovh-api.md §8). What they mean is in
//! `licensing::right`; every call is held to it in `caller.rs`.

use super::{
    answer::{Answer, Outcome, datetime},
    models::iam as models,
    problem::Refusal,
    routing::{Call, Piece, Route},
    schema::{Body, Field, Kind},
    services::stable_id,
};
use crate::operations::{
    Problem,
    accounts::Account,
    rights::{AccessPolicy, NewPolicy},
    services::Service,
};
use jiff::Timestamp;
use licensing::{
    id::{AccountId, ServiceName},
    invalid::{Invalid, Rule},
    right::{ActionPattern, Identity, MOST_ENTRIES, PermissionsGroup, Resource, Statement, Subject, Visible, reads},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The action of reading a resource, and of seeing it in the list.
const SEE: &str = "account:apiovh:iam/resource/get";
/// How many of the services that policies name are looked for at a time.
const MOST_NAMED: usize = 500;
/// The key of the account in the list of resources: before every service.
const ACCOUNT_KEY: &str = "-";

const DETAILS: &[Field] = &[Field::set("details", Kind::Boolean, "Whether resources are shown whole").like("true")];

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/v2/iam/resource", "What rights can be about", Kind::List(&Kind::Of(&models::RESOURCE)), |call| {
        Box::pin(resources(call))
    })
    .in_pieces(),
    Route::get("/v2/iam/resource/{resourceURN}", "A resource", Kind::Of(&models::RESOURCE), |call| {
        Box::pin(resource(call))
    }),
    Route::get("/v2/iam/policy", "The policies of the account", Kind::List(&Kind::Of(&models::POLICY)), |call| {
        Box::pin(policies(call))
    })
    .query(DETAILS)
    .in_pieces(),
    Route::post("/v2/iam/policy", "Make a policy; it counts at once", Kind::Of(&models::POLICY), |call| {
        Box::pin(create(call))
    })
    .body(Body::Whole(&models::POLICY))
    .gives_rights(),
    Route::get("/v2/iam/policy/{policyId}", "A policy", Kind::Of(&models::POLICY), |call| Box::pin(policy(call)))
        .query(DETAILS),
    Route::put(
        "/v2/iam/policy/{policyId}",
        "Change a policy as a whole; it counts at once",
        Kind::Of(&models::POLICY),
        |call| Box::pin(change(call)),
    )
    .body(Body::Whole(&models::POLICY))
    .gives_rights(),
    // It may have been what denied something.
    Route::delete("/v2/iam/policy/{policyId}", "Delete a policy; what it allowed ends at once", Kind::Void, |call| {
        Box::pin(delete(call))
    })
    .gives_rights(),
    Route::get(
        "/v2/iam/permissionsGroup",
        "Groups of actions",
        Kind::List(&Kind::Of(&models::PERMISSIONS_GROUP)),
        |call| Box::pin(permissions_groups(call)),
    )
    .in_pieces(),
    Route::get(
        "/v2/iam/resourceGroup",
        "Groups of resources: none",
        Kind::List(&Kind::Of(&models::RESOURCE_GROUP)),
        |call| Box::pin(resource_groups(call)),
    )
    .in_pieces(),
    Route::get(
        "/v2/iam/reference/action",
        "The actions that policies can name",
        Kind::List(&Kind::Of(&models::REFERENCE)),
        |call| Box::pin(actions(call)),
    )
    .in_pieces(),
];

/// The wanted piece of a list, of which at most one element more than wanted is needed.
fn piece(piece: &Piece, all: impl IntoIterator<Item = (String, Value)>) -> Outcome {
    let (values, next) = cut(piece, all);
    Ok(Answer { next, ..Answer::of(&values)? })
}

/// The elements of a piece, and the cursor of the next one.
fn cut<T>(piece: &Piece, all: impl IntoIterator<Item = (String, T)>) -> (Vec<T>, Option<String>) {
    let most = usize::try_from(piece.most).unwrap_or(usize::MAX);
    let mut rest = all.into_iter().filter(|(key, _)| piece.after.is_empty() || *key > piece.after);
    let (keys, values): (Vec<String>, Vec<T>) = rest.by_ref().take(most).unzip();
    let next = rest.next().and(keys.last()).map(|key| Piece::cursor(key));
    (values, next)
}

async fn resources(call: Call) -> Outcome {
    let (caller, operations, region) = (call.caller()?, &call.door.operations, call.door.region());
    let wanted = usize::try_from(call.piece.most).unwrap_or(usize::MAX).saturating_add(1);
    let mut found = Vec::new();
    if call.piece.after.is_empty() && caller.rights.permit(SEE, &Subject::Account) {
        let account = operations.account(&caller.account).await?;
        found.push((ACCOUNT_KEY.to_owned(), account_json(&account, &region)));
    }
    let mut after = call.piece.after.trim_start_matches(ACCOUNT_KEY).to_owned();
    match caller.rights.visible(SEE) {
        Visible::Only(names) => {
            let names: Vec<ServiceName> = names.into_iter().filter(|name| name.as_str() > after.as_str()).collect();
            // Some that a policy names may not be there, so what is asked for may not be enough.
            for names in names.chunks(wanted.min(MOST_NAMED)) {
                let services = operations.services_named(&caller.account, names).await?;
                found.extend(services.iter().map(|(name, one)| (name.to_string(), service_json(one, &region))));
                if found.len() >= wanted {
                    break;
                }
            }
        }
        Visible::AllBut(hidden) => {
            while found.len() < wanted {
                let services =
                    operations.services_after(&caller.account, &after, call.piece.most.saturating_add(1)).await?;
                let Some(last) = services.last() else { break };
                after = last.name.to_string();
                let shown = services.iter().filter(|service| !hidden.contains(&service.name));
                found.extend(shown.map(|service| (service.name.to_string(), service_json(service, &region))));
            }
        }
    }
    piece(&call.piece, found)
}

async fn resource(call: Call) -> Outcome {
    let region = call.door.region();
    let found = match Resource::read("resourceURN", call.value(0), &region, &call.caller()?.account) {
        Ok(resource) => whole(&call, &resource).await?,
        Err(_) => None,
    };
    found.map_or_else(|| Err(Refusal::no_object(call.value(0))), |resource| Answer::of(&resource))
}

/// The object behind one resource; `None` for many, and for a service that the account has not.
async fn whole(call: &Call, resource: &Resource) -> Result<Option<Value>, Refusal> {
    let (account, region) = (&call.caller()?.account, call.door.region());
    match resource {
        Resource::All | Resource::AllServices => Ok(None),
        Resource::Account => Ok(Some(account_json(&call.door.operations.account(account).await?, &region))),
        Resource::Service(name) => match call.door.operations.service(account, name).await {
            Ok(service) => Ok(Some(service_json(&service, &region))),
            Err(Problem::NotFound(_)) => Ok(None),
            Err(problem) => Err(problem.into()),
        },
    }
}

fn account_json(account: &Account, region: &str) -> Value {
    let urn = Resource::Account.urn(region, &account.id);
    json!({
        "id": stable_id(&urn), "urn": urn, "name": account.id, "displayName": account.organisation, "type": "account",
        "owner": account.id, "tags": {},
    })
}

fn service_json(service: &Service, region: &str) -> Value {
    let urn = Resource::Service(service.name.clone()).urn(region, &service.account);
    json!({
        "id": stable_id(&urn), "urn": urn, "name": service.name, "displayName": service.display_name,
        "type": "cspReseller", "owner": service.account, "tags": {},
    })
}

async fn policies(call: Call) -> Outcome {
    let found = call.door.operations.policies(&call.caller()?.account).await?;
    let (wanted, next) = cut(&call.piece, found.into_iter().map(|policy| (policy.id.to_string(), policy)));
    Ok(Answer { next, ..Answer::of(&policies_json(&call, &wanted).await?)? })
}

async fn policy(call: Call) -> Outcome {
    let policy = call.door.operations.policy(&call.caller()?.account, policy_id(&call)?).await?;
    written_out(&call, policy).await
}

async fn written_out(call: &Call, policy: AccessPolicy) -> Outcome {
    Answer::of(&policies_json(call, &[policy]).await?.first())
}

/// What cannot be an id is answered like a policy that does not exist.
fn policy_id(call: &Call) -> Result<Uuid, Refusal> {
    call.value(0).parse().map_err(|_| Refusal::no_object(call.value(0)))
}

/// Policies of the caller's account, with their resources whole where the call asks for details and the caller may
/// see them.
async fn policies_json(call: &Call, policies: &[AccessPolicy]) -> Result<Vec<Value>, Refusal> {
    let region = call.door.region();
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    if call.query("details") == Some("true") {
        let (caller, operations) = (call.caller()?, &call.door.operations);
        let resources = || policies.iter().flat_map(|policy| &policy.statement.resources);
        if resources().any(|one| *one == Resource::Account) && caller.rights.permit(SEE, &Subject::Account) {
            let account = operations.account(&caller.account).await?;
            known.insert(Resource::Account.urn(&region, &account.id), account_json(&account, &region));
        }
        let visible = caller.rights.visible(SEE);
        let name = |resource: &Resource| match resource {
            Resource::Service(name) if visible.shows(name) => Some(name.clone()),
            _ => None,
        };
        let names: BTreeSet<ServiceName> = resources().filter_map(name).collect();
        let names: Vec<ServiceName> = names.into_iter().collect();
        let services = operations.services_named(&caller.account, &names).await?;
        known.extend(services.into_iter().map(|(name, service)| {
            (Resource::Service(name).urn(&region, &caller.account), service_json(&service, &region))
        }));
    }
    Ok(policies.iter().map(|policy| policy_json(policy, &region, &known)).collect())
}

/// `known`: resources by their URN; one that is not there is `null`.
fn policy_json(policy: &AccessPolicy, region: &str, known: &BTreeMap<String, Value>) -> Value {
    let (account, s) = (&policy.account, &policy.statement);
    let resources = s.resources.iter().map(|resource| {
        let urn = resource.urn(region, account);
        json!({ "urn": urn, "resource": known.get(&urn), "group": null })
    });
    let resources: Vec<Value> = resources.collect();
    let actions = |listed: &[ActionPattern]| -> Value {
        listed.iter().map(|a| json!({ "action": a.as_str() })).collect::<Vec<_>>().into()
    };
    json!({
        "id": policy.id, "name": policy.name, "description": policy.description, "owner": account,
        "identities": s.identities.iter().map(|i| i.urn(region, account)).collect::<Vec<_>>(),
        "resources": resources,
        "permissions": { "allow": actions(&s.allow), "except": actions(&s.except), "deny": actions(&s.deny) },
        "permissionsGroups": s.groups.iter().map(|g| json!({ "urn": g.urn(region) })).collect::<Vec<_>>(),
        "expiredAt": policy.expires_at.map(datetime), "createdAt": datetime(policy.created_at),
        "updatedAt": datetime(policy.updated_at), "readOnly": false, "conditions": null,
    })
}

async fn create(mut call: Call) -> Outcome {
    let new = written(&mut call)?;
    let policy = call.door.operations.create_policy(&call.actor()?, new).await?;
    written_out(&call, policy).await
}

async fn change(mut call: Call) -> Outcome {
    let id = policy_id(&call)?;
    // A foreign policy is not told what is wrong with the body.
    call.door.operations.policy(&call.caller()?.account, id).await?;
    let new = written(&mut call)?;
    let policy = call.door.operations.update_policy(&call.actor()?, id, new).await?;
    written_out(&call, policy).await
}

async fn delete(call: Call) -> Outcome {
    call.door.operations.delete_policy(&call.actor()?, policy_id(&call)?).await?;
    Answer::void()
}

/// The policy of a body.
///
/// 400 naming everything that is wrong in it.
fn written(call: &mut Call) -> Result<NewPolicy, Refusal> {
    let (account, region) = (call.caller()?.account.clone(), call.door.region());
    let known: Vec<String> = call.door.routes.routes().filter_map(Route::action_name).collect();
    let name = call.body.required("name");
    let description = call.body.text("description").unwrap_or_default();
    let expires_at = expiry(call);
    let mut reader = Reader { call, account, region };
    let statement = Statement {
        identities: reader
            .list("identities", "", true, |field, text, r| Identity::read(field, text, &r.region, &r.account)),
        resources: reader
            .list("resources", "urn", true, |field, text, r| Resource::read(field, text, &r.region, &r.account)),
        allow: reader.actions("allow", &known),
        except: reader.actions("except", &known),
        deny: reader.actions("deny", &known),
        groups: reader
            .list("permissionsGroups", "urn", false, |field, text, r| PermissionsGroup::read(field, text, &r.region)),
    };
    call.body.checked()?;
    Ok(NewPolicy { name, description, statement, expires_at })
}

fn expiry(call: &mut Call) -> Option<Timestamp> {
    let text = call.body.text("expiredAt")?;
    match text.parse() {
        Ok(at) => Some(at),
        Err(_) => {
            let expected = "an instant such as 2036-03-05T09:30:00+00:00".to_owned();
            call.body.push(Invalid::new("expiredAt", &text, Rule::WrongType { expected }));
            None
        }
    }
}

/// Reads the lists of a policy; what is wrong is added to the body's faults.
struct Reader<'a> {
    call: &'a mut Call,
    account: AccountId,
    region: String,
}

impl Reader<'_> {
    /// A list of texts, or of objects that hold one.
    fn list<T>(
        &mut self,
        name: &str,
        inner: &str,
        required: bool,
        read: impl Fn(&str, &str, &Self) -> Result<T, Invalid>,
    ) -> Vec<T> {
        let listed = self.call.body.array(name).unwrap_or_default();
        if required && listed.is_empty() {
            self.call.body.push(Invalid::new(name, "", Rule::Required));
        }
        self.texts(name, inner, &listed, read)
    }

    fn actions(&mut self, kind: &str, known: &[String]) -> Vec<ActionPattern> {
        let listed = self.call.body.value("permissions").and_then(|p| p.get(kind)).and_then(Value::as_array).cloned();
        let name = format!("permissions.{kind}");
        self.texts(&name, "action", &listed.unwrap_or_default(), |field, text, _| {
            let pattern = ActionPattern::read(field, text)?;
            // A misspelt action would allow nothing, and nobody would know why.
            match known.iter().any(|action| pattern.covers(action)) {
                true => Ok(pattern),
                false => {
                    let expected =
                        "an action of GET /v2/iam/reference/action, or the beginning of one and *".to_owned();
                    Err(Invalid::new(field, text, Rule::WrongType { expected }))
                }
            }
        })
    }

    fn texts<T>(
        &mut self,
        name: &str,
        inner: &str,
        listed: &[Value],
        read: impl Fn(&str, &str, &Self) -> Result<T, Invalid>,
    ) -> Vec<T> {
        if listed.len() > MOST_ENTRIES {
            let rule = Rule::TooManyLines { max: MOST_ENTRIES };
            self.call.body.push(Invalid::new(name, listed.len().to_string(), rule));
            return Vec::new();
        }
        let (mut good, mut wrong) = (Vec::new(), Vec::new());
        for (n, value) in listed.iter().enumerate() {
            let (field, value) = match inner {
                "" => (format!("{name}[{n}]"), Some(value)),
                inner => (format!("{name}[{n}].{inner}"), value.get(inner)),
            };
            match read(&field, value.and_then(Value::as_str).unwrap_or_default(), self) {
                Ok(one) => good.push(one),
                Err(fault) => wrong.push(fault),
            }
        }
        wrong.into_iter().for_each(|fault| self.call.body.push(fault));
        good
    }
}

async fn permissions_groups(call: Call) -> Outcome {
    let region = call.door.region();
    let known = by_name(&call);
    let group = |group: PermissionsGroup| {
        let urn = group.urn(&region);
        let (text, actions): (&str, Vec<&str>) = match group {
            PermissionsGroup::GlobalRead => {
                ("Every action that only reads", known.keys().map(String::as_str).filter(|a| reads(a)).collect())
            }
            PermissionsGroup::GlobalWrite => ("Every action", vec!["*"]),
        };
        let allow: Vec<Value> = actions.iter().map(|action| json!({ "action": action })).collect();
        let value = json!({
            "id": stable_id(&urn), "urn": urn, "name": group.word(), "description": text, "owner": "ovh",
            "permissions": { "allow": allow, "except": [], "deny": [] },
        });
        (group.word().to_owned(), value)
    };
    piece(&call.piece, PermissionsGroup::ALL.map(group))
}

async fn resource_groups(call: Call) -> Outcome {
    piece(&call.piece, [])
}

/// Every action, with the route that it is named after.
fn by_name(call: &Call) -> BTreeMap<String, &'static Route> {
    let mut known = BTreeMap::new();
    for route in call.door.routes.routes() {
        if let Some(action) = route.action_name() {
            known.entry(action).or_insert(route);
        }
    }
    known
}

async fn actions(call: Call) -> Outcome {
    let all = by_name(&call).into_iter().map(|(action, route)| {
        let kind = if action.starts_with("cspReseller:") { "cspReseller" } else { "account" };
        let value = json!({ "action": action, "description": route.summary, "resourceType": kind });
        (action, value)
    });
    piece(&call.piece, all)
}
