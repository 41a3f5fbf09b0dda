//! Tables that fit the terminal.

use comfy_table::{CellAlignment, Table, presets};

/// An empty table with a header. The columns in `numbers` are right-aligned.
pub(crate) fn new_table<const N: usize>(
    header: [&str; N],
    numbers: impl IntoIterator<Item = usize>,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
