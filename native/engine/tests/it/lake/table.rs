//! Writes a lake table, and the header and list of files that its planner would send.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bowyer_engine::{Engine, Table, schema_message};
use datafusion::arrow::array::{
    ArrayRef, BinaryArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, new_null_array,
};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int32Type, Schema};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use roaring::RoaringTreemap;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Outcome, folder, ipc};

pub const FIELD_ID: &str = "PARQUET:field_id";
const MAGIC: [u8; 4] = [0xD1, 0xD3, 0x39, 0x64];

/// One data file.
#[derive(Clone, Default)]
pub struct DataFile {
    pub path: String,
    pub size: i64,
    pub rows: Option<i64>,
    pub group: i32,
    pub position_deletes: Vec<i32>,
    /// Path, offset and length.
    pub vector: Option<(String, i64, i64)>,
    pub inline: Option<Vec<u8>>,
    pub vector_rows: Option<i64>,
    pub recorded: Option<String>,
    /// `min:0` and the like: one value each.
    pub statistics: HashMap<String, ArrayRef>,
}

pub struct LakeTable {
    pub folder: TempDir,
    pub schema: Schema,
    pub header: Value,
    pub files: Vec<DataFile>,
}

/// A field with an id, of which a planner may tell more.
pub fn field(id: i32, name: &str, data_type: DataType, more: &[(&str, &str)]) -> Field {
    let mut metadata: HashMap<String, String> = more.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    metadata.insert(FIELD_ID.to_string(), id.to_string());
    Field::new(name, data_type, true).with_metadata(metadata)
}

pub fn batch(columns: Vec<(Field, ArrayRef)>) -> RecordBatch {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

impl LakeTable {
    pub fn new(format: &str, mapping: &str, schema: Schema) -> Self {
        let folder = folder();
        let root = format!("file://{}/", folder.path().display());
        let header = json!({
            "name": "t", "format": format, "root": root, "version": "1", "mapping": mapping, "schema": base64(&schema),
            "groups": [{}], "positionDeletes": [], "equalityDeletes": [],
        });
        Self { folder, schema, header, files: Vec::new() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn url(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    /// Writes a data file of small row groups and pages; gives its position.
    pub fn add(&mut self, name: &str, batch: &RecordBatch) -> usize {
        let size = write(&self.path(name), batch);
        let (path, rows) = (self.url(name), Some(batch.num_rows() as i64));
        self.files.push(DataFile { path, size, rows, ..DataFile::default() });
        self.files.len() - 1
    }

    pub fn push(&mut self, list: &str, value: Value) -> usize {
        let list = self.header[list].as_array_mut().unwrap();
        list.push(value);
        list.len() - 1
    }

    /// A file of position deletes over data files by their path.
    pub fn position_deletes(&mut self, name: &str, rows: &[(String, i64)]) -> usize {
        let paths: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(path, _)| path)));
        let positions: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, at)| *at)));
        let rows = batch(vec![
            (field(2147483546, "file_path", DataType::Utf8, &[]).with_nullable(false), paths),
            (field(2147483545, "pos", DataType::Int64, &[]).with_nullable(false), positions),
        ]);
        let size = write(&self.path(name), &rows);
        let path = self.url(name);
        self.push("positionDeletes", json!({ "path": path, "size": size }))
    }

    /// A file of equality deletes over its columns.
    pub fn equality_deletes(&mut self, name: &str, rows: &RecordBatch) -> usize {
        let size = write(&self.path(name), rows);
        let ids: Vec<i32> = rows.schema().fields().iter().map(|f| f.metadata()[FIELD_ID].parse().unwrap()).collect();
        let delete = json!({ "path": self.url(name), "size": size, "columns": ids, "schema": base64(&rows.schema()) });
        self.push("equalityDeletes", delete)
    }

    /// A file of blobs, one a data file, each as a deletion vector of that file.
    pub fn vectors(&mut self, name: &str, vectors: &[(usize, RoaringTreemap)]) {
        let delta = self.header["format"] == "delta";
        let mut bytes = vec![1];
        for (file, rows) in vectors {
            let blob = framed(rows);
            let length = if delta { blob.len() - 8 } else { blob.len() };
            self.files[*file].vector = Some((self.url(name), bytes.len() as i64, length as i64));
            self.files[*file].vector_rows = Some(rows.len() as i64);
            bytes.extend_from_slice(&blob);
        }
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn open(&self, engine: &Engine) -> Outcome<Arc<Table>> {
        let files = ipc(&self.list());
        engine.open_lake(&serde_json::to_vec(&self.header).unwrap(), &files).map(Arc::new)
    }

    /// The list of files as it is sent.
    pub fn list(&self) -> RecordBatch {
        let files = &self.files;
        let text = |of: &dyn Fn(&DataFile) -> Option<String>| -> ArrayRef {
            Arc::new(files.iter().map(of).collect::<StringArray>())
        };
        let long = |of: &dyn Fn(&DataFile) -> Option<i64>| -> ArrayRef {
            Arc::new(files.iter().map(of).collect::<Int64Array>())
        };
        let lists = files.iter().map(|f| Some(f.position_deletes.iter().map(|i| Some(*i)).collect::<Vec<_>>()));
        let inline: BinaryArray = files.iter().map(|f| f.inline.as_deref()).collect();
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("path".into(), text(&|f| Some(f.path.clone()))),
            ("size".into(), long(&|f| Some(f.size))),
            ("rows".into(), long(&|f| f.rows)),
            ("group".into(), Arc::new(files.iter().map(|f| Some(f.group)).collect::<Int32Array>())),
            ("position_deletes".into(), Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
            ("dv_path".into(), text(&|f| f.vector.as_ref().map(|v| v.0.clone()))),
            ("dv_offset".into(), long(&|f| f.vector.as_ref().map(|v| v.1))),
            ("dv_length".into(), long(&|f| f.vector.as_ref().map(|v| v.2))),
            ("dv_inline".into(), Arc::new(inline)),
            ("dv_rows".into(), long(&|f| f.vector_rows)),
            ("recorded".into(), text(&|f| f.recorded.clone())),
        ];
        let mut known: Vec<&String> = files.iter().flat_map(|file| file.statistics.keys()).collect();
        known.sort();
        known.dedup();
        for name in known {
            let data_type = files.iter().find_map(|file| Some(file.statistics.get(name)?.data_type().clone())).unwrap();
            let values: Vec<ArrayRef> = files
                .iter()
                .map(|file| file.statistics.get(name).cloned().unwrap_or_else(|| new_null_array(&data_type, 1)))
                .collect();
            let values: Vec<&dyn datafusion::arrow::array::Array> = values.iter().map(|array| array.as_ref()).collect();
            columns.push((name.clone(), concat(&values).unwrap()));
        }
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
    }
}

pub fn framed(rows: &RoaringTreemap) -> Vec<u8> {
    let content = inline(rows);
    let mut blob = (content.len() as u32).to_be_bytes().to_vec();
    blob.extend_from_slice(&content);
    blob.extend_from_slice(&crc32fast::hash(&content).to_be_bytes());
    blob
}

pub fn inline(rows: &RoaringTreemap) -> Vec<u8> {
    let mut content = MAGIC.to_vec();
    rows.serialize_into(&mut content).unwrap();
    content
}

pub fn write(path: &Path, batch: &RecordBatch) -> i64 {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(64))
        .set_data_page_row_count_limit(16)
        .set_write_batch_size(16)
        .set_bloom_filter_enabled(true)
        .build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    std::fs::metadata(path).unwrap().len() as i64
}

/// A schema as headers hold it.
pub fn base64(schema: &Schema) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let message = schema_message(schema).unwrap();
    let padded = message.len().next_multiple_of(8);
    let mut bytes = vec![0xFF; 4];
    bytes.extend_from_slice(&(padded as u32).to_le_bytes());
    bytes.extend_from_slice(&message);
    bytes.resize(8 + padded, 0);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(ALPHABET[(number >> (18 - 6 * at)) as usize & 63] as char);
        }
        text.push_str(&"="[..usize::from(chunk.len() < 3)].repeat(3 - chunk.len()));
    }
    text
}

/// A copy of `field` without its id.
pub fn without_id(field: &Field) -> FieldRef {
    Arc::new(field.clone().with_metadata(HashMap::new()))
}
