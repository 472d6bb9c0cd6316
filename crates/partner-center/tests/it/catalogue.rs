//! The catalogue (row 29): the tree of a market and its twin of one customer, path by path.

use partner_center::*;

use crate::script::{Script, client, json};

const PRODUCT: &str = r#"{"id":"P","title":"Example Business Basic"}"#;
const SKU: &str = r#"{"id":"0001","productId":"P","minimumQuantity":1,"maximumQuantity":300}"#;
const AVAILABILITY: &str = r#"{"id":"A","productId":"P","skuId":"0001","catalogItemId":"P:0001:A"}"#;

fn items(of: &str) -> String {
    format!(r#"{{"totalCount":1,"items":[{of}]}}"#)
}

/// Walks down the tree and says which paths were asked for.
async fn walked(of: CatalogueOf<'_>) -> Vec<String> {
    let script = Script::start([
        json(200, &items(PRODUCT)),
        json(200, PRODUCT),
        json(200, &items(SKU)),
        json(200, SKU),
        json(200, &items(AVAILABILITY)),
        json(200, AVAILABILITY),
    ])
    .await;
    let client = client(&script);
    let products = client.products(of, "OnlineServices", None).await.expect("products");
    let product = client.product(of, &products[0].id).await.expect("product");
    let skus = client.skus(of, &product.id, Some("education")).await.expect("skus");
    let sku = client.sku(of, &product.id, &skus[0].id).await.expect("sku");
    let list = client.availabilities(of, &product.id, &sku.id, Some("commercial")).await.expect("availabilities");
    let one = client.availability(of, &product.id, &sku.id, &list[0].id).await.expect("availability");
    assert_eq!((sku.maximum_quantity, one.catalog_item_id.as_str()), (Some(300), "P:0001:A"));
    script.seen().iter().map(|seen| seen.line.replace(" HTTP/1.1", "")).collect()
}

#[tokio::test]
async fn a_market_is_named_in_the_query_of_every_step() {
    assert_eq!(
        walked(CatalogueOf::Country("IT")).await,
        [
            "GET /v1/products?country=IT&targetView=OnlineServices",
            "GET /v1/products/P?country=IT",
            "GET /v1/products/P/skus?country=IT&targetSegment=education",
            "GET /v1/products/P/skus/0001?country=IT",
            "GET /v1/products/P/skus/0001/availabilities?country=IT&targetSegment=commercial",
            "GET /v1/products/P/skus/0001/availabilities/A?country=IT",
        ]
    );
}

#[tokio::test]
async fn a_customer_stands_in_the_path_and_brings_its_market() {
    assert_eq!(
        walked(CatalogueOf::Customer("c")).await,
        [
            "GET /v1/customers/c/products?targetView=OnlineServices",
            "GET /v1/customers/c/products/P",
            "GET /v1/customers/c/products/P/skus?targetSegment=education",
            "GET /v1/customers/c/products/P/skus/0001",
            "GET /v1/customers/c/products/P/skus/0001/availabilities?targetSegment=commercial",
            "GET /v1/customers/c/products/P/skus/0001/availabilities/A",
        ]
    );
}

#[tokio::test]
async fn what_is_not_in_the_catalogue_is_a_refusal_with_its_own_code() {
    let script = Script::start([
        json(404, r#"{"code":400013,"description":"no product"}"#),
        json(404, r#"{"code":400018,"description":"no sku"}"#),
        json(404, r#"{"code":400019,"description":"no availability"}"#),
    ])
    .await;
    let (client, of) = (client(&script), CatalogueOf::Customer("c"));
    assert!(client.product(of, "P").await.expect_err("none").is_refusal(404, "400013"));
    assert!(client.sku(of, "P", "0001").await.expect_err("none").is_refusal(404, "400018"));
    assert!(client.availability(of, "P", "0001", "A").await.expect_err("none").is_refusal(404, "400019"));
}
