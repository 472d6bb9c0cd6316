//! Microsoft as the supplier: our words to Partner Center's and back. The only file that knows both.
