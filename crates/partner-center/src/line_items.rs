//! Lines of a bill, billed or open: pages of v1, files of the export, and Microsoft's arithmetic.
//! Source: contract §18.3, §18.4. Next: `line_items/item.rs`.

mod arithmetic;
mod item;
mod json_lines;
mod query;

pub use arithmetic::{exact_sum, seat_subtotal, seats_on, usage_subtotal};
pub use item::{ChargeType, LineItem};
pub use json_lines::{GzipLines, LineItemFile, LinesError};
pub use query::{BillingPeriod, BillingProvider, LineItemKind, LineItemQuery, LineItemRow};
