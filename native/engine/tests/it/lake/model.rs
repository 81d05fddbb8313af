//! A random table and, in memory, the rows that a reader must find in it.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array};
use datafusion::arrow::datatypes::{Field, Schema};
use roaring::RoaringTreemap;
use serde_json::json;

use crate::lake::table::{LakeTable, base64, batch, field};
use crate::lake::values::{Column, Kind, Random, Val, array, default_text, order, random_value};

/// The table as it is now, and the rows of each of its files by column id.
struct Model {
    columns: Vec<Column>,
    next_id: i32,
    files: Vec<Vec<HashMap<i32, Val>>>,
    /// Columns that each file was written with.
    written: Vec<Vec<Column>>,
}

fn evolve(random: &mut Random, model: &mut Model) {
    for _ in 0..random.below(4) {
        let at = random.below(model.columns.len() as u64) as usize;
        match random.below(5) {
            0 => model.columns[at].name = format!("r{} é", random.below(1_000_000)),
            1 => model.columns[at].kind = model.columns[at].kind.widened(),
            // Dropped and added again under the same name, perhaps as something else.
            2 if model.columns.len() > 1 => {
                let name = model.columns.remove(at).name;
                add(random, model, name);
            }
            3 => {
                let name = format!("c{}", model.next_id);
                add(random, model, name);
            }
            _ => {
                let to = random.below(model.columns.len() as u64) as usize;
                model.columns.swap(at, to);
            }
        }
    }
}

fn add(random: &mut Random, model: &mut Model, name: String) {
    let kinds = [
        Kind::Int(false),
        Kind::Int(true),
        Kind::Float(false),
        Kind::Float(true),
        Kind::Decimal(9),
        Kind::Text,
        Kind::Date,
    ];
    if model.columns.iter().any(|column| column.name == name) {
        return;
    }
    let kind = *random.pick(&kinds);
    let default = if model.files.is_empty() || random.one_in(2) { None } else { Some(random_value(random, kind)) };
    let default = default.filter(|value| *value != Val::Null);
    model.columns.push(Column { id: model.next_id, name, kind, default });
    model.next_id += 1;
}

fn fields(columns: &[Column], by_name: bool) -> Schema {
    Schema::new(
        columns
            .iter()
            .map(|column| {
                let mut more = vec![];
                let physical = format!("p{}", column.id);
                if by_name {
                    more.push(("bowyer.physical", physical.as_str()));
                }
                let default = column.default.as_ref().map(|value| default_text(value, column.kind));
                if let Some(default) = &default {
                    more.push(("bowyer.default", default.as_str()));
                }
                field(column.id, &column.name, column.kind.data_type(), &more)
            })
            .collect::<Vec<Field>>(),
    )
}

/// The rows that are left, as the table shows them, by file.
fn value_of(column: &Column, file: &[Column], row: &HashMap<i32, Val>) -> Val {
    match file.iter().any(|written| written.id == column.id) {
        true => row[&column.id].clone(),
        false => column.default.clone().unwrap_or(Val::Null),
    }
}

fn statistics(random: &mut Random, column: &Column, values: &[Val], index: usize) -> Vec<(String, ArrayRef)> {
    let mut found = Vec::new();
    let known: Vec<&Val> =
        values.iter().filter(|v| !matches!(v, Val::Null) && !matches!(v, Val::Float(x) if x.is_nan())).collect();
    let nulls = values.iter().filter(|v| **v == Val::Null).count() as i64;
    let nans = values.iter().filter(|v| matches!(v, Val::Float(x) if x.is_nan())).count() as i64;
    let least = known.iter().min_by(|a, b| order(a, b).unwrap());
    let most = known.iter().max_by(|a, b| order(a, b).unwrap());
    let loose = random.one_in(3);
    let moved = |value: &Val, by: i64| match value {
        Val::Int(i) if loose => Val::Int(i + by),
        Val::Float(x) if loose => Val::Float(x + by as f64),
        // Cut short, as bounds of text are.
        Val::Text(text) if loose && by < 0 => Val::Text(text.chars().take(1).collect()),
        other => other.clone(),
    };
    if let (Some(least), Some(most)) = (least, most) {
        found.push((format!("min:{index}"), array(column.kind, &[moved(least, -1)])));
        found.push((format!("max:{index}"), array(column.kind, &[moved(most, 1)])));
    }
    if random.one_in(2) {
        found.push((format!("nulls:{index}"), Arc::new(Int64Array::from(vec![nulls]))));
    }
    if matches!(column.kind, Kind::Float(_)) && random.one_in(2) {
        found.push((format!("nans:{index}"), Arc::new(Int64Array::from(vec![nans]))));
    }
    found.retain(|_| !random.one_in(5));
    found
}

/// Writes a random table; gives it with the rows that are left in it.
pub fn table(random: &mut Random) -> (LakeTable, Vec<Column>, Vec<Vec<Val>>) {
    let by_name = random.one_in(3);
    let mut model = Model { columns: Vec::new(), next_id: 1, files: Vec::new(), written: Vec::new() };
    for i in 0..2 + random.below(4) {
        add(random, &mut model, format!("c{i}"));
    }
    let format = if by_name { "delta" } else { "iceberg" };
    let mut table = LakeTable::new(format, if by_name { "name" } else { "id" }, Schema::empty());
    for file in 0..1 + random.below(4) {
        if file > 0 {
            evolve(random, &mut model);
        }
        let mut columns = model.columns.clone();
        for at in (1..columns.len()).rev() {
            columns.swap(at, random.below(at as u64 + 1) as usize);
        }
        let rows: Vec<HashMap<i32, Val>> = (0..1 + random.below(200))
            .map(|_| columns.iter().map(|column| (column.id, random_value(random, column.kind))).collect())
            .collect();
        let arrays = columns.iter().map(|column| {
            let values: Vec<Val> = rows.iter().map(|row| row[&column.id].clone()).collect();
            let name = if by_name { format!("p{}", column.id) } else { column.name.clone() };
            (field(column.id, &name, column.kind.data_type(), &[]), array(column.kind, &values))
        });
        table.add(&format!("f{file}.parquet"), &batch(arrays.collect()));
        model.files.push(rows);
        model.written.push(columns);
    }
    evolve(random, &mut model);
    table.schema = fields(&model.columns, by_name);
    table.header["schema"] = base64(&table.schema).into();
    let mut kept: Vec<Vec<bool>> = model.files.iter().map(|rows| vec![true; rows.len()]).collect();
    delete_by_position(random, &mut table, &mut kept);
    let mut groups = vec![json!({})];
    if !by_name {
        delete_equal(random, &mut table, &model, &mut kept, &mut groups);
    }
    let mut left = Vec::new();
    for (file, rows) in model.files.iter().enumerate() {
        let shown: Vec<Vec<Val>> = rows
            .iter()
            .map(|row| model.columns.iter().map(|column| value_of(column, &model.written[file], row)).collect())
            .collect();
        for (index, column) in model.columns.iter().enumerate() {
            if random.one_in(4) {
                continue;
            }
            let values: Vec<Val> = shown.iter().map(|row: &Vec<Val>| row[index].clone()).collect();
            table.files[file].statistics.extend(statistics(random, column, &values, index));
        }
        if random.one_in(4) {
            table.files[file].rows = None;
        }
        left.extend(shown.into_iter().zip(&kept[file]).filter(|(_, kept)| **kept).map(|(row, _)| row));
    }
    table.header["groups"] = groups.into();
    (table, model.columns, left)
}

fn delete_by_position(random: &mut Random, table: &mut LakeTable, kept: &mut [Vec<bool>]) {
    let (mut shared, mut vectors) = (Vec::new(), Vec::new());
    let iceberg = table.header["format"] == "iceberg";
    for (file, kept) in kept.iter_mut().enumerate() {
        let share = *random.pick(&[2, 5, 20]);
        let mut rows: Vec<usize> = (0..kept.len()).filter(|_| random.one_in(share)).collect();
        if random.one_in(8) {
            rows = (0..kept.len()).collect();
        }
        match random.below(4) {
            0 if iceberg => {
                shared.extend(rows.iter().map(|row| (table.files[file].path.clone(), *row as i64)));
                table.files[file].position_deletes.push(0);
            }
            1 | 2 => vectors.push((file, rows.iter().map(|row| *row as u64).collect::<RoaringTreemap>())),
            _ => continue,
        }
        rows.iter().for_each(|row| kept[*row] = false);
    }
    if table.files.iter().any(|file| !file.position_deletes.is_empty()) {
        table.position_deletes("d.parquet", &shared);
    }
    table.vectors("v.bin", &vectors);
}

fn delete_equal(
    random: &mut Random,
    table: &mut LakeTable,
    model: &Model,
    kept: &mut [Vec<bool>],
    groups: &mut Vec<serde_json::Value>,
) {
    // By the columns of the last file, which need not be the table's any more.
    let Some(columns) = model.written.last().filter(|_| random.one_in(2)) else {
        return;
    };
    let mut deletes = Vec::new();
    for delete in 0..1 + random.below(2) {
        let mut keys: Vec<&Column> =
            columns.iter().filter(|c| !matches!(c.kind, Kind::Float(_)) && random.one_in(2)).collect();
        keys.truncate(2);
        if keys.is_empty() {
            continue;
        }
        let rows: Vec<Vec<Val>> = (0..1 + random.below(12))
            .map(|_| keys.iter().map(|key| random_value(random, key.kind)).collect())
            .collect();
        let arrays = keys.iter().enumerate().map(|(at, key)| {
            let values: Vec<Val> = rows.iter().map(|row| row[at].clone()).collect();
            (field(key.id, &key.name, key.kind.data_type(), &[]), array(key.kind, &values))
        });
        deletes.push((table.equality_deletes(&format!("e{delete}.parquet"), &batch(arrays.collect())), keys, rows));
    }
    if deletes.is_empty() {
        return;
    }
    for (file, kept) in kept.iter_mut().enumerate() {
        let chosen: Vec<_> = deletes.iter().filter(|_| !random.one_in(3)).collect();
        groups.push(json!({ "equalityDeletes": chosen.iter().map(|delete| delete.0).collect::<Vec<_>>() }));
        table.files[file].group = groups.len() as i32 - 1;
        for (at, row) in model.files[file].iter().enumerate() {
            let deleted = chosen.iter().any(|(_, keys, rows)| {
                let own: Vec<Val> = keys
                    .iter()
                    .map(|key| {
                        let now = model.columns.iter().find(|column| column.id == key.id).unwrap_or(key);
                        value_of(now, &model.written[file], row)
                    })
                    .collect();
                rows.contains(&own)
            });
            if deleted {
                kept[at] = false;
            }
        }
    }
}
