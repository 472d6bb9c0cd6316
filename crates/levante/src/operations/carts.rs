//! Carts: orders in the making, item by item. A cart becomes one order at most: the
//! order is placed under a key made of the cart's id, then the cart is closed.

use super::{Accepted, Actor, Conflict, Missing, Once, Operations, Problem, Result};
pub use crate::storage::carts::{Cart, FilledIn, Item, Thing};
use crate::{clock::random, storage};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    contact,
    id::{AccountId, LicenceId, OrderId},
    invalid::{Invalid, Rule},
    order::{LineInput, OrderInput, check_line},
};
use sha2::{Digest, Sha256};

/// Most items of a cart.
pub const MOST_ITEMS: usize = 60;
/// Most open carts of an account.
pub const MOST_CARTS: usize = 100;
/// Most carts that belong to nobody yet.
const MOST_UNASSIGNED: usize = 10_000;
/// Most values of the order form in one item.
const MOST_VALUES: usize = 60;
/// How long a cart lives when nothing else is asked for.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long a cart may live.
pub const LONGEST_LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 30);

fn missing(id: impl ToString) -> Problem {
    Problem::NotFound(Missing::Object(id.to_string().chars().take(80).collect()))
}

fn description_of(text: &str) -> Result<String> {
    contact::optional("description", text, 255).map_err(|e| Problem::Invalid(vec![e]))
}

impl Operations {
    /// Opens a cart, for an account or for nobody yet. Not to be repeated: each call opens another one.
    ///
    /// # Errors
    /// [`Problem::Invalid`] (`description`, `expire`); [`Conflict::TooMany`].
    pub async fn open_cart(
        &self,
        account: Option<&AccountId>,
        subsidiary: &str,
        description: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<Cart> {
        let now = self.clock.wall();
        let cart = Cart {
            id: hex::encode(random::<16>()),
            account: account.cloned(),
            subsidiary: subsidiary.to_owned(),
            description: description_of(description)?,
            items: Vec::new(),
            read_only: false,
            order: None,
            expires_at: self.cart_end(expires_at)?,
            created_at: now,
            version: 1,
        };
        let saved = cart.clone();
        self.db
            .write::<_, Problem, _>(move |tx| {
                let cart = saved.clone();
                Box::pin(async move {
                    storage::carts::forget_expired(tx, now).await?;
                    room(tx, cart.account.as_ref(), now).await?;
                    Ok(storage::carts::insert(tx, &cart).await?)
                })
            })
            .await?;
        Ok(cart)
    }

    fn cart_end(&self, asked: Option<Timestamp>) -> Result<Timestamp> {
        let now = self.clock.wall();
        match asked {
            None => Ok(now + LIFETIME),
            Some(at) if at > now && at <= now + LONGEST_LIFETIME => Ok(at),
            Some(at) => {
                let expected = "a date and time within the next 30 days".to_owned();
                Err(Problem::invalid("expire", &at.to_string(), Rule::WrongType { expected }))
            }
        }
    }

    /// A cart that is nobody's yet, or the account's.
    ///
    /// # Errors
    /// [`Problem::NotFound`], also for a cart of somebody else.
    pub async fn cart(&self, account: Option<&AccountId>, id: &str) -> Result<Cart> {
        let cart = storage::carts::get(&self.db, id, self.clock.wall()).await?.ok_or_else(|| missing(id))?;
        match (&cart.account, account) {
            (None, _) => Ok(cart),
            (Some(owner), Some(account)) if owner == account => Ok(cart),
            (Some(_), _) => Err(missing(id)),
        }
    }

    /// A cart, whoever owns it, for what its id alone may show.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn cart_by_id(&self, id: &str) -> Result<Cart> {
        storage::carts::get(&self.db, id, self.clock.wall()).await?.ok_or_else(|| missing(id))
    }

    /// The carts of an account, oldest first.
    pub async fn carts(&self, account: &AccountId) -> Result<Vec<Cart>> {
        Ok(storage::carts::list(&self.db, account, self.clock.wall()).await?)
    }

    /// Binds a cart to an account. May be repeated.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a cart of somebody else; [`Conflict::TooMany`].
    pub async fn assign_cart(&self, account: &AccountId, id: &str) -> Result<()> {
        let mut cart = self.cart(Some(account), id).await?;
        if cart.account.is_some() {
            return Ok(());
        }
        cart.account = Some(account.clone());
        let now = self.clock.wall();
        self.db
            .write::<_, Problem, _>(move |tx| {
                let cart = cart.clone();
                Box::pin(async move {
                    room(tx, cart.account.as_ref(), now).await?;
                    Ok(storage::carts::update(tx, &cart).await?)
                })
            })
            .await
    }

    /// Changes description and end of a cart. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Invalid`], [`Conflict::CartReadOnly`], [`Conflict::ChangedMeanwhile`].
    pub async fn change_cart(
        &self,
        cart: &Cart,
        description: Option<&str>,
        expires_at: Option<Timestamp>,
    ) -> Result<Cart> {
        let mut cart = changeable(cart)?;
        if let Some(text) = description {
            cart.description = description_of(text)?;
        }
        if expires_at.is_some() {
            cart.expires_at = self.cart_end(expires_at)?;
        }
        self.save_cart(cart).await
    }

    /// Deletes a cart; an order that it became stays.
    pub async fn delete_cart(&self, cart: &Cart) -> Result<()> {
        let id = cart.id.clone();
        self.db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move { storage::carts::delete(tx, &id).await })
            })
            .await?;
        Ok(())
    }

    async fn save_cart(&self, mut cart: Cart) -> Result<Cart> {
        let saved = cart.clone();
        self.db
            .write(move |tx| {
                let cart = saved.clone();
                Box::pin(async move { storage::carts::update(tx, &cart).await })
            })
            .await?;
        cart.version += 1;
        Ok(cart)
    }

    /// Puts a new tenant into a cart; a cart holds one. Returns the cart and the item's number.
    ///
    /// # Errors
    /// [`Conflict::Exists`], [`Conflict::CartReadOnly`], [`Conflict::ChangedMeanwhile`].
    pub async fn add_tenant(&self, cart: &Cart) -> Result<(Cart, i64)> {
        let mut cart = changeable(cart)?;
        if let Some(item) = cart.items.iter().find(|i| i.thing == Thing::Tenant) {
            return Err(Problem::Conflict(Conflict::Exists(format!(
                "a new tenant (item {}) in this cart; order a second one with a second cart: it",
                item.id
            ))));
        }
        let id = self.ids.next().await?;
        cart.items.push(Item { id, thing: Thing::Tenant, quantity: 1, values: Vec::new() });
        Ok((self.save_cart(cart).await?, id))
    }

    /// Puts seats of a licence into a cart. Returns the cart and the item's number.
    ///
    /// # Errors
    /// [`Problem::Invalid`] (`itemId`, `quantity`, `planCode`), [`Conflict::CartReadOnly`],
    /// [`Conflict::TooMany`], [`Conflict::ChangedMeanwhile`].
    pub async fn add_licence(&self, cart: &Cart, licence: LicenceId, seats: &str) -> Result<(Cart, i64)> {
        let mut cart = changeable(cart)?;
        if cart.items.len() >= MOST_ITEMS {
            return Err(Problem::Conflict(Conflict::TooMany { what: "items in this cart", most: MOST_ITEMS }));
        }
        let quantity = self.seats_of(licence, seats).await?;
        if let Some(item) = cart.items.iter().find(|i| i.thing == Thing::Licence(licence)) {
            let what = format!("this licence (item {}) in this cart; change its quantity: it", item.id);
            return Err(Problem::Conflict(Conflict::Exists(what)));
        }
        let id = self.ids.next().await?;
        cart.items.push(Item { id, thing: Thing::Licence(licence), quantity, values: Vec::new() });
        Ok((self.save_cart(cart).await?, id))
    }

    async fn seats_of(&self, licence: LicenceId, seats: &str) -> Result<u32> {
        let list = self.price_list().await?;
        let line = LineInput { licence_id: licence.to_string(), quantity: seats.to_owned() };
        let line = check_line("", &line, |id| list.get(id).cloned()).map_err(|mut e| {
            if e.field == "licenceId" {
                e.field = "planCode".to_owned();
            }
            Problem::Invalid(vec![e])
        })?;
        Ok(line.seats.get())
    }

    /// Sets the seats of an item.
    ///
    /// # Errors
    /// [`Problem::Invalid`] (`quantity`), [`Problem::NotFound`], [`Conflict::CartReadOnly`],
    /// [`Conflict::ChangedMeanwhile`].
    pub async fn set_item_quantity(&self, cart: &Cart, item: i64, quantity: &str) -> Result<Cart> {
        let mut cart = changeable(cart)?;
        let found = cart.items.iter_mut().find(|i| i.id == item).ok_or_else(|| missing(item))?;
        found.quantity = match found.thing {
            Thing::Licence(licence) => self.seats_of(licence, quantity).await?,
            Thing::Tenant if quantity == "1" => 1,
            Thing::Tenant => return Err(Problem::invalid("quantity", quantity, Rule::AtMost { max: 1 })),
        };
        self.save_cart(cart).await
    }

    /// Takes an item out; with the tenant its licences go, too.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Conflict::CartReadOnly`], [`Conflict::ChangedMeanwhile`].
    pub async fn remove_item(&self, cart: &Cart, item: i64) -> Result<Cart> {
        let mut cart = changeable(cart)?;
        match cart.items.iter().find(|i| i.id == item).ok_or_else(|| missing(item))?.thing {
            Thing::Tenant => cart.items.clear(),
            Thing::Licence(_) => cart.items.retain(|i| i.id != item),
        }
        self.save_cart(cart).await
    }

    /// Fills in a field of the order form; an earlier value of the same field is replaced.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Invalid`] (`value`), [`Conflict::CartReadOnly`],
    /// [`Conflict::ChangedMeanwhile`].
    pub async fn fill_in(&self, cart: &Cart, item: i64, label: &str, value: &str) -> Result<FilledIn> {
        let mut cart = changeable(cart)?;
        let value = contact::optional("value", value, 500).map_err(|e| Problem::Invalid(vec![e]))?;
        let id = self.ids.next().await?;
        let found = cart.items.iter_mut().find(|i| i.id == item).ok_or_else(|| missing(item))?;
        found.values.retain(|v| v.label != label);
        if found.values.len() >= MOST_VALUES {
            return Err(Problem::Conflict(Conflict::TooMany { what: "values in this item", most: MOST_VALUES }));
        }
        let filled = FilledIn { id, label: label.to_owned(), value };
        found.values.push(filled.clone());
        self.save_cart(cart).await?;
        Ok(filled)
    }

    /// Empties a field of the order form.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Conflict::CartReadOnly`], [`Conflict::ChangedMeanwhile`].
    pub async fn empty_field(&self, cart: &Cart, item: i64, field: i64) -> Result<()> {
        let mut cart = changeable(cart)?;
        let found = cart.items.iter_mut().find(|i| i.id == item).ok_or_else(|| missing(item))?;
        let before = found.values.len();
        found.values.retain(|v| v.id != field);
        if found.values.len() == before {
            return Err(missing(field));
        }
        self.save_cart(cart).await.map(|_| ())
    }

    /// Orders a cart. Repeated, also after a crash, it answers with the same order and orders nothing
    /// again: the order's key is the cart's id.
    ///
    /// # Errors
    /// As [`Operations::place_order`]; [`Conflict::CartReadOnly`] when it was ordered before its last change.
    pub async fn check_out(
        &self,
        actor: &Actor,
        cart: &Cart,
        input: &OrderInput,
        answer: fn(&Accepted) -> String,
    ) -> Result<Accepted> {
        let mut hash = Sha256::new();
        hash.update(&cart.id);
        hash.update(storage::json(&cart.items));
        let once = Once { key: format!("cart/{}", cart.id), body_hash: hex::encode(hash.finalize()), answer };
        let accepted = match self.place_order(actor, input, Some(once)).await {
            Err(Problem::Conflict(Conflict::KeyReused)) => return Err(Problem::Conflict(Conflict::CartReadOnly)),
            other => other?,
        };
        if !cart.read_only {
            self.close_cart(cart, accepted.order.as_ref().map(|o| o.id)).await;
        }
        Ok(accepted)
    }

    /// The order stands whether or not this is noted: the next checkout of the cart notes it again.
    async fn close_cart(&self, cart: &Cart, order: Option<OrderId>) {
        let closed = Cart { read_only: true, order, account: cart.account.clone(), ..cart.clone() };
        if let Err(e) = self.save_cart(closed).await {
            tracing::warn!(cart = cart.id, error = %e, "a cart that was ordered is not closed yet");
        }
    }
}

async fn room(tx: &mut storage::Tx, account: Option<&AccountId>, now: Timestamp) -> Result<()> {
    let (what, most) = match account {
        Some(_) => ("open carts of this account", MOST_CARTS),
        None => ("open carts that belong to nobody", MOST_UNASSIGNED),
    };
    match usize::try_from(storage::carts::open(tx, account, now).await?) {
        Ok(open) if open < most => Ok(()),
        _ => Err(Problem::Conflict(Conflict::TooMany { what, most })),
    }
}

fn changeable(cart: &Cart) -> Result<Cart> {
    match cart.read_only {
        false => Ok(cart.clone()),
        true => Err(Problem::Conflict(Conflict::CartReadOnly)),
    }
}

/// A wrong value of an item, named as the caller knows it.
pub fn name_items(wrong: Vec<Invalid>, cart: &Cart) -> Vec<Invalid> {
    let licences: Vec<i64> = cart.items.iter().filter(|i| matches!(i.thing, Thing::Licence(_))).map(|i| i.id).collect();
    let rename = |mut e: Invalid| {
        let line = e.field.strip_prefix("lines[").and_then(|rest| rest.split_once("]."));
        if let Some((index, field)) = line
            && let Some(item) = index.parse::<usize>().ok().and_then(|n| licences.get(n))
        {
            e.field = format!("item {item}: {field}");
        }
        e
    };
    wrong.into_iter().map(rename).collect()
}
