//! `/me/identity/user`: sub-users of the account, and what they may do by their group.

use super::{
    answer::{Answer, Outcome, datetime},
    models::auth as models,
    routing::{Call, Repeat, Route},
    schema::{Body, Field, Kind, STRINGS},
};
use crate::operations::{
    members::Member,
    users::{NewUser, UserChanges},
};
use licensing::{
    id::AccountId,
    right::{Identity, Role},
};
use secrecy::SecretString;
use serde_json::{Value, json};

/// OVHcloud's words for what a sub-user may do.
pub(super) const GROUPS: [(Role, &str); 4] =
    [(Role::Admin, "ADMIN"), (Role::Regular, "DEFAULT"), (Role::Nobody, "NONE"), (Role::Reader, "UNPRIVILEGED")];

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/me/identity/user", "The users of the account, the account holder left out", STRINGS, |call| {
        Box::pin(list(call))
    }),
    // The password is in the body, so not even a hash of it is kept with a key: a second user of the same login
    // is refused anyway.
    Route::post("/me/identity/user", "Make a user", Kind::Void, |call| Box::pin(create(call)))
        .body(Body::Loose(&[
            Field::must("login", Kind::String, "The name behind the account's: the user signs in as ACCOUNT/LOGIN")
                .like("ada"),
            Field::must("email", Kind::String, "The user's e-mail address").like("nightly@contoso.example"),
            Field::must("password", Kind::Password, "The password: at least 12 characters").like("a long pass phrase"),
            Field::set("description", Kind::String, "What the user is for").like("Reads the figures"),
            Field::set("group", Kind::Of(&models::USER_GROUP), "What the user may do").like("UNPRIVILEGED"),
        ]))
        .repeat(Repeat::Natural)
        .gives_rights(),
    Route::get("/me/identity/user/{user}", "A user", Kind::Of(&models::USER), |call| Box::pin(read(call))),
    Route::put("/me/identity/user/{user}", "Change a user", Kind::Void, |call| Box::pin(change(call)))
        .body(Body::Whole(&models::USER))
        .gives_rights(),
    Route::delete("/me/identity/user/{user}", "Delete a user; sessions and keys end at once", Kind::Void, |call| {
        Box::pin(delete(call))
    }),
    Route::post(
        "/me/identity/user/{user}/disable",
        "Keep a user out; sessions end, keys open nothing",
        Kind::Void,
        |call| Box::pin(set_disabled(call, true)),
    )
    .repeat(Repeat::Natural),
    Route::post("/me/identity/user/{user}/enable", "Let a user in again", Kind::Void, |call| {
        Box::pin(set_disabled(call, false))
    })
    .repeat(Repeat::Natural)
    .gives_rights(),
];

/// The word of a role.
pub(super) fn group(role: Role) -> &'static str {
    GROUPS.iter().find(|(r, _)| *r == role).map_or("ADMIN", |(_, word)| word)
}

fn role(word: &str) -> Option<Role> {
    GROUPS.iter().find(|(_, w)| *w == word).map(|(role, _)| *role)
}

async fn list(call: Call) -> Outcome {
    let found = call.door.operations.users(&call.caller()?.account).await?;
    Answer::of(&found.iter().map(|user| &user.login).collect::<Vec<_>>())
}

async fn create(mut call: Call) -> Outcome {
    let body = &mut call.body;
    let new = NewUser {
        login: body.required("login"),
        email: body.required("email"),
        password: SecretString::from(body.required("password")),
        description: body.text("description").unwrap_or_default(),
        role: body.text("group").and_then(|word| role(&word)).unwrap_or(Role::Regular),
    };
    body.checked()?;
    call.door.operations.create_user(&call.actor()?, new).await?;
    Answer::void()
}

async fn read(call: Call) -> Outcome {
    let account = &call.caller()?.account;
    let user = call.door.operations.user(account, call.value(0)).await?;
    Answer::of(&user_json(&user, account, &call.door.region()))
}

fn user_json(user: &Member, account: &AccountId, region: &str) -> Value {
    let login = user.login.clone().unwrap_or_default();
    json!({
        "login": login, "email": user.email, "description": user.description, "group": group(user.role),
        "status": if user.disabled { "DISABLED" } else { "OK" }, "creation": datetime(user.created_at),
        "lastUpdate": datetime(user.updated_at), "passwordLastUpdate": datetime(user.password_at),
        "urn": Identity::User(login).urn(region, account),
    })
}

async fn change(mut call: Call) -> Outcome {
    // A foreign user is not told what is wrong with the body.
    call.door.operations.user(&call.caller()?.account, call.value(0)).await?;
    let body = &mut call.body;
    let (description, email) = (body.text("description"), body.text("email"));
    let role = body.text("group").and_then(|word| role(&word));
    body.checked()?;
    let changes = UserChanges { description, email, role };
    call.door.operations.update_user(&call.actor()?, call.value(0), &changes).await?;
    Answer::void()
}

async fn delete(call: Call) -> Outcome {
    call.door.operations.delete_user(&call.actor()?, call.value(0)).await?;
    Answer::void()
}

async fn set_disabled(call: Call, disabled: bool) -> Outcome {
    call.door.operations.set_user_disabled(&call.actor()?, call.value(0), disabled).await?;
    Answer::void()
}
