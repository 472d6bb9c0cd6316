//! Carts, their plans and prices, and `order.Order` (contracts/ovh-api.md §6.2).

use crate::ovh_api::schema::{Field, Kind, LONGS, Model, STRINGS};

static CURRENCY_CODE: Model = Model::one_of(
    "order.CurrencyCodeEnum",
    "The currencies of prices",
    &["AUD", "CAD", "CZK", "EUR", "GBP", "INR", "LTL", "MAD", "N/A", "PLN", "SGD", "TND", "USD", "XOF", "points"],
);

pub(crate) static PRICE: Model = Model::object(
    "order.Price",
    "An amount",
    &[
        Field::shown("currencyCode", Kind::Of(&CURRENCY_CODE), "Its currency").like("EUR"),
        Field::shown("text", Kind::String, "It as text").like("5.60 EUR"),
        Field::shown("value", Kind::Double, "It as a number").like("5.6"),
        Field::shown("priceInUcents", Kind::Long, "It in units of which 100,000,000 are one of the currency")
            .or_null()
            .like("560000000"),
    ],
);
const AMOUNT: Kind = Kind::Of(&PRICE);

pub(crate) static PRICES: Model = Model::object(
    "order.OrderPrices",
    "What an order costs until its first bill",
    &[
        Field::shown("withTax", AMOUNT, "With tax"),
        Field::shown("withoutTax", AMOUNT, "Without tax"),
        Field::shown("tax", AMOUNT, "The tax"),
        Field::shown("originalWithoutTax", AMOUNT, "Without tax and reductions").or_null(),
        Field::shown("reduction", AMOUNT, "The reductions").or_null(),
    ],
);

static CONTRACT: Model = Model::object(
    "order.Contract",
    "A contract that an order concludes",
    &[
        Field::shown("name", Kind::String, "Its name").like("General terms"),
        Field::shown("content", Kind::Text, "Its text").like("These terms apply."),
        Field::shown("url", Kind::String, "Where it can be read").like("https://reseller.example/terms"),
    ],
);

static REDUCTION: Model = Model::object(
    "order.Reduction",
    "A reduction",
    &[
        Field::shown("context", Kind::String, "Why it is given").like("promotion"),
        Field::shown("type", Kind::String, "How it is computed").like("percentage"),
        Field::shown("value", AMOUNT, "What it is computed from"),
        Field::shown("price", AMOUNT, "What it takes off"),
    ],
);

pub(crate) static DETAIL_TYPE: Model = Model::one_of(
    "order.OrderDetailTypeEnum",
    "What a line of an order is",
    &[
        "ACCESSORY",
        "CAUTION",
        "CHOOSED",
        "CONSUMPTION",
        "CREATION",
        "DELIVERY",
        "DURATION",
        "GIFT",
        "INSTALLATION",
        "LICENSE",
        "MUTE",
        "OTHER",
        "OUTPLAN",
        "QUANTITY",
        "REFUND",
        "RENEW",
        "SPECIAL",
        "SWITCH",
        "TRANSFER",
        "VOUCHER",
    ],
);

static DETAIL: Model = Model::object(
    "order.OrderDetail",
    "A line of an order",
    &[
        Field::shown("cartItemID", Kind::Long, "The item of the cart").or_null().like("1003"),
        Field::shown("description", Kind::String, "What it is").like("Business Basic (1 year)"),
        Field::shown("detailType", Kind::Of(&DETAIL_TYPE), "What kind of line it is").or_null().like("INSTALLATION"),
        Field::shown("domain", Kind::String, "The service; *001 while it has no name")
            .like("contoso123.onmicrosoft.com"),
        Field::shown("quantity", Kind::Long, "How many").like("10"),
        Field::shown("unitPrice", AMOUNT, "The price of one"),
        Field::shown("totalPrice", AMOUNT, "The price of all"),
        Field::shown("originalTotalPrice", AMOUNT, "The price of all without reductions"),
        Field::shown("reductionTotalPrice", AMOUNT, "The reductions"),
        Field::shown("reductions", Kind::List(&Kind::Of(&REDUCTION)), "The reductions, one by one"),
    ],
);

pub(crate) static ORDER: Model = Model::object(
    "order.Order",
    "What an order holds and costs",
    &[
        Field::shown("contracts", Kind::List(&Kind::Of(&CONTRACT)), "The contracts that it concludes"),
        Field::shown("details", Kind::List(&Kind::Of(&DETAIL)), "Its lines"),
        Field::shown("orderId", Kind::Long, "Its number; null while nothing is ordered").or_null().like("1001"),
        Field::shown("url", Kind::String, "Its page; null while nothing is ordered")
            .or_null()
            .like("https://panel.reseller.example/orders/1001"),
        Field::shown("prices", Kind::Of(&PRICES), "What it costs"),
    ],
);

pub(crate) static CART: Model = Model::object(
    "order.cart.Cart",
    "A cart",
    &[
        Field::shown("cartId", Kind::String, "Its id").like("0f8c3b5e9d6a41c2b7e05d1f2a3b4c5d"),
        Field::set("description", Kind::String, "What its owner calls it").like("Contoso"),
        Field::set("expire", Kind::Datetime, "When it goes away").or_null(),
        Field::shown("items", LONGS, "Its items").like("1003"),
        Field::shown("readOnly", Kind::Boolean, "Whether it was ordered, and cannot be changed any more"),
    ],
);

static PRICE_LABEL: Model =
    Model::one_of("order.cart.PriceLabelEnum", "What an amount is", &["DISCOUNT", "FEE", "PRICE", "RENEW", "TOTAL"]);

static PROMOTION: Model = Model::object(
    "order.cart.ProductPromotion",
    "A promotion of a price",
    &[
        Field::shown("name", Kind::String, "Its name").like("Spring"),
        Field::shown("description", Kind::Text, "What it is").like("Ten percent off"),
    ],
);

static ITEM_PRICE: Model = Model::object(
    "order.cart.Price",
    "A price of an item",
    &[
        Field::shown("label", Kind::Of(&PRICE_LABEL), "What it is").like("PRICE"),
        Field::shown("price", AMOUNT, "The amount"),
        Field::shown("promotions", Kind::List(&Kind::Of(&PROMOTION)), "Its promotions").or_null(),
    ],
);

static SETTINGS: Model = Model::object(
    "order.cart.GenericProductSettings",
    "What was chosen for an item",
    &[
        Field::shown("planCode", Kind::String, "The plan").or_null().like("csp2-license-42"),
        Field::shown("pricingMode", Kind::String, "The way of pricing").or_null().like("default"),
        Field::shown("quantity", Kind::Long, "How many").or_null().like("10"),
    ],
);

pub(crate) static ITEM: Model = Model::object(
    "order.cart.Item",
    "An item of a cart",
    &[
        Field::shown("cartId", Kind::String, "Its cart").like("0f8c3b5e9d6a41c2b7e05d1f2a3b4c5d"),
        Field::shown("itemId", Kind::Long, "Its number").like("1003"),
        Field::shown("productId", Kind::String, "The product").like("csp2"),
        Field::shown("offerId", Kind::String, "The plan").or_null().like("csp2-license-42"),
        Field::shown("duration", Kind::Duration, "The term").or_null().like("P1Y"),
        Field::shown("options", LONGS, "The items that hang off it").like("1004"),
        Field::shown("parentItemId", Kind::Long, "The item that it hangs off").or_null().like("1002"),
        Field::shown("configurations", LONGS, "What is filled in for it").or_null().like("1005"),
        Field::shown("prices", Kind::List(&Kind::Of(&ITEM_PRICE)), "What it costs"),
        Field::shown("settings", Kind::Of(&SETTINGS), "What was chosen for it"),
    ],
);

static CAPACITY: Model = Model::one_of(
    "order.cart.GenericProductPricingCapacitiesEnum",
    "What a price is for",
    &["consumption", "detach", "downgrade", "dynamic", "installation", "renew", "upgrade"],
);

static PRICING_TYPE: Model = Model::one_of(
    "order.cart.GenericProductPricingTypeEnum",
    "How a price is paid",
    &["consumption", "purchase", "rental"],
);

static PRICING: Model = Model::object(
    "order.cart.GenericProductPricing",
    "A price of a plan",
    &[
        Field::shown("capacities", Kind::List(&Kind::Of(&CAPACITY)), "What it is for").like("installation"),
        Field::shown("description", Kind::String, "What it is").like("Business Basic (1 year)"),
        Field::shown("duration", Kind::Duration, "The term").like("P1Y"),
        Field::shown("interval", Kind::Long, "The months between two bills").like("1"),
        Field::shown("minimumQuantity", Kind::Long, "The least that can be ordered").like("1"),
        Field::shown("maximumQuantity", Kind::Long, "The most that can be ordered").or_null().like("300"),
        Field::shown("minimumRepeat", Kind::Long, "The least terms").like("1"),
        Field::shown("maximumRepeat", Kind::Long, "The most terms").or_null(),
        Field::shown("price", AMOUNT, "The price of one until its next bill"),
        Field::shown("priceInUcents", Kind::Long, "The same in ucents").like("560000000"),
        Field::shown("pricingMode", Kind::String, "The way of pricing").like("default"),
        Field::shown("pricingType", Kind::Of(&PRICING_TYPE), "How it is paid").like("rental"),
    ],
);

static PRODUCT_TYPE: Model = Model::one_of(
    "order.cart.GenericProductTypeEnum",
    "What a product is",
    &[
        "cloud_service",
        "delivery",
        "deposit",
        "domain",
        "implementation_services",
        "saas_license",
        "shipping",
        "storage",
    ],
);

pub(crate) static PRODUCT: Model = Model::object(
    "order.cart.GenericProductDefinition",
    "A plan that can be ordered",
    &[
        Field::shown("planCode", Kind::String, "Its code").like("csp2-tenant"),
        Field::shown("productName", Kind::String, "Its name").like("Microsoft 365 tenant"),
        Field::shown("productType", Kind::Of(&PRODUCT_TYPE), "What it is").like("saas_license"),
        Field::shown("prices", Kind::List(&Kind::Of(&PRICING)), "What it costs"),
    ],
);

pub(crate) static OPTION: Model = Model::more_than(
    &PRODUCT,
    "order.cart.GenericOptionDefinition",
    "A plan that can be ordered with another one",
    &[
        Field::shown("family", Kind::String, "Its family").like("licenses"),
        Field::shown("mandatory", Kind::Boolean, "Whether it must be taken"),
        Field::shown("exclusive", Kind::Boolean, "Whether nothing else of its family can be taken"),
    ],
);

pub(crate) static REQUIREMENT: Model = Model::object(
    "order.cart.ConfigurationRequirements",
    "A label that can be filled in for an item",
    &[
        Field::shown("label", Kind::String, "Its name").like("mpnId"),
        Field::shown("type", Kind::String, "The type of its value").like("string"),
        Field::shown("required", Kind::Boolean, "Whether every order needs it").like("true"),
        Field::shown("fields", STRINGS, "The values that it may have; empty: any").or_null(),
    ],
);

pub(crate) static CONFIGURATION: Model = Model::object(
    "order.cart.ConfigurationItem",
    "A label that is filled in",
    &[
        Field::shown("id", Kind::Long, "Its number").like("1005"),
        Field::shown("label", Kind::String, "Its name").like("mpnId"),
        Field::shown("value", Kind::String, "Its value").like("6100001"),
    ],
);
