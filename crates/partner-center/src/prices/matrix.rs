//! The offer matrix: limits, prerequisites and conversions of every SKU; the best source for
//! them. Source: contract §12.5.

use std::io::Read;

use super::table::{Column, SheetError, Table};
use super::unpack::SheetLimits;

/// A row of the offer matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// Product.
    pub product_id: String,
    /// SKU.
    pub sku_id: String,
    /// Title of the product.
    pub product_title: String,
    /// Title of the SKU.
    pub sku_title: String,
    /// Fewest licences of a subscription.
    pub min_licenses: Option<u64>,
    /// Most licences of a subscription; `None` without a limit.
    pub max_licenses: Option<u64>,
    /// Most subscriptions (or whatever [`OfferRow::asset_ownership_limit_type`] says) of a
    /// customer.
    pub asset_ownership_limit: Option<u64>,
    /// What the ownership limit counts; an open list.
    pub asset_ownership_limit_type: Option<String>,
    /// SKUs one of which must be there, as they are written.
    pub prerequisites: Vec<String>,
    /// SKUs it can be converted to, as they are written.
    pub conversions: Vec<String>,
    /// Countries where it is sold, as they are written; empty when the cell is blank.
    pub allowed_countries: Vec<String>,
    /// Id of what is provisioned.
    pub provisioning_id: Option<String>,
}

/// The rows of an offer matrix; as [`super::PriceSheet`]. Lists inside a cell may be separated by
/// `;`, `,`, `|` or line ends.
pub struct OfferMatrix<R: Read> {
    table: Table<R>,
    columns: Columns,
}

struct Columns {
    product_id: Column,
    sku_id: Column,
    product_title: Column,
    sku_title: Column,
    min_licenses: Column,
    max_licenses: Column,
    limit: Column,
    limit_type: Column,
    prerequisites: Column,
    conversions: Column,
    countries: Column,
    provisioning_id: Column,
}

impl<R: Read> OfferMatrix<R> {
    /// Reads the header line. `ProductId`, `SkuId`, `MinLicenses` and `MaxLicenses` are needed.
    ///
    /// # Errors
    /// [`SheetError`], never of one row.
    pub fn open(input: R) -> Result<Self, SheetError> {
        let (table, header) = Table::open(input, SheetLimits::default())?;
        let columns = Columns {
            product_id: header.needed("ProductId")?,
            sku_id: header.needed("SkuId")?,
            product_title: header.find("ProductTitle")?,
            sku_title: header.find("SkuTitle")?,
            min_licenses: header.needed("MinLicenses")?,
            max_licenses: header.needed("MaxLicenses")?,
            limit: header.find("AssetOwnershipLimit")?,
            limit_type: header.find("AssetOwnershipLimitType")?,
            prerequisites: header.find("ProductSkuPreRequisites")?,
            conversions: header.find("ProductSkuConversion")?,
            countries: header.find("AllowedCountries")?,
            provisioning_id: header.find("ProvisioningId")?,
        };
        Ok(Self { table, columns })
    }
}

impl<R: Read> Iterator for OfferMatrix<R> {
    type Item = Result<OfferRow, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let columns = &self.columns;
        self.table.next(|row| {
            Ok(OfferRow {
                product_id: row.filled(columns.product_id)?.to_owned(),
                sku_id: row.filled(columns.sku_id)?.to_owned(),
                product_title: row.owned(columns.product_title)?,
                sku_title: row.owned(columns.sku_title)?,
                min_licenses: row.count(columns.min_licenses)?,
                max_licenses: row.count(columns.max_licenses)?,
                asset_ownership_limit: row.count(columns.limit)?,
                asset_ownership_limit_type: row.text(columns.limit_type)?.map(str::to_owned),
                prerequisites: row.list(columns.prerequisites)?,
                conversions: row.list(columns.conversions)?,
                allowed_countries: row.list(columns.countries)?,
                provisioning_id: row.text(columns.provisioning_id)?.map(str::to_owned),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_lists_are_read() {
        let text = "ProductId,SkuId,MinLicenses,MaxLicenses,AssetOwnershipLimit,AssetOwnershipLimitType,ProductSkuPreRequisites,ProductSkuConversion,AllowedCountries,ProvisioningId\n\
            CFQ7TESTAA01,0001,1,300,1,Customer,\"CFQ7TESTAA02:0001; CFQ7TESTAA03:0001\",,\"IT,DE\",p-1\n\
            CFQ7TESTAA02,0001,1,,,,,,,\n\
            CFQ7TESTAA03,0001,one,,,,,,,\n";
        let rows: Vec<_> = OfferMatrix::open(text.as_bytes()).expect("header").collect();
        let first = rows[0].as_ref().expect("row");
        assert_eq!((first.max_licenses, first.asset_ownership_limit), (Some(300), Some(1)));
        assert_eq!(first.prerequisites, ["CFQ7TESTAA02:0001", "CFQ7TESTAA03:0001"]);
        assert_eq!(first.allowed_countries, ["IT", "DE"]);
        assert_eq!(rows[1].as_ref().expect("row").max_licenses, None);
        assert!(matches!(&rows[2], Err(SheetError::Row(error)) if error.column == "MinLicenses" && error.line == 4));
    }
}
