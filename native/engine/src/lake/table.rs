//! One version of a lake table.

use std::collections::{HashMap, HashSet};
use std::hash::Hasher;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, SchemaRef};
use datafusion::catalog::Session;
use datafusion::error::Result as DfResult;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use siphasher::sip::SipHasher24;

use crate::engine::Core;
use crate::error::{EngineError, ErrorCode, Result};
use crate::lake::adapter::{FileContext, is_float};
use crate::lake::fields::{LakeField, LakeFields};
use crate::lake::files::{LakeFiles, VectorPlace};
use crate::lake::header::Header;
use crate::parts::WORTH_BYTES;
use crate::statistics::{Known, Merged, TableStatistics};
use crate::stores::{PinnedFile, PinnedStore, UNKNOWN_SIZE, object_url};
use crate::table::{Table, TableInfo, TableSource, hash_text};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What scans of one version share, and keep in reach. Immutable.
pub(crate) struct LakeVersion {
    pub(crate) core: Arc<Core>,
    pub(crate) id: u64,
    pub(crate) header: Header,
    /// The table's columns, then keys of equality deletes that it no longer has.
    pub(crate) fields: Arc<LakeFields>,
    /// The table's columns.
    pub(crate) schema: SchemaRef,
    pub(crate) files: LakeFiles,
    /// As plans and messages call them, one a data file.
    pub(crate) data: Vec<ObjectMeta>,
    pub(crate) position_deletes: Vec<ObjectMeta>,
    pub(crate) equality_deletes: Vec<ObjectMeta>,
    /// Files with deletion vectors, by their paths.
    pub(crate) vectors: HashMap<String, Path>,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) url: ObjectStoreUrl,
    by_path: OnceLock<HashMap<Box<str>, usize>>,
    /// Of all that tells this version from others.
    digest: OnceLock<u64>,
}

/// A table of a table format.
pub(crate) struct LakeTable {
    version: Arc<LakeVersion>,
}

impl LakeTable {
    /// Reads no file: those are only known by what the planner says until a scan opens them.
    pub(crate) fn open(core: Arc<Core>, header: &[u8], files: &[u8]) -> Result<Table> {
        let header = Header::parse(header)?;
        let files = LakeFiles::parse(&header, files)?;
        let fields = Arc::new(with_keys(&header)?);
        let mut names = Names::new(&core, &header)?;
        let data = (0..files.len()).map(|file| names.pin(files.paths.value(file), files.size_of(file)));
        let data = data.collect::<Result<Vec<_>>>()?;
        let deletes = header.position_deletes.iter().map(|file| names.pin(&file.path, file.size));
        let position_deletes = deletes.collect::<Result<Vec<_>>>()?;
        let deletes = header.equality_deletes.iter().map(|delete| names.pin(&delete.file.path, delete.file.size));
        let equality_deletes = deletes.collect::<Result<Vec<_>>>()?;
        let mut vectors = HashMap::new();
        for vector in (0..files.len()).filter_map(|file| files.vector_of(file)) {
            if let VectorPlace::File { path, .. } = vector.place
                && !vectors.contains_key(&path)
            {
                let shown = names.pin(&path, UNKNOWN_SIZE)?.location;
                vectors.insert(path, shown);
            }
        }
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let url = ObjectStoreUrl::parse(format!("dataset://lake{id}"))?;
        let store: Arc<dyn ObjectStore> = Arc::new(PinnedStore::new(&names.pinned, core.io_handle()).of_parquet(true));
        core.registry_put(&url, store.clone());
        let schema = header.fields.schema();
        let (by_path, digest) = (OnceLock::new(), OnceLock::new());
        let version = LakeVersion {
            core,
            id,
            header,
            fields,
            schema,
            files,
            data,
            position_deletes,
            equality_deletes,
            vectors,
            store,
            url,
            by_path,
            digest,
        };
        Ok(Table::new(Self { version: Arc::new(version) }))
    }
}

/// The table's columns and, behind them, one for each key of an equality delete that it has no more.
fn with_keys(header: &Header) -> Result<LakeFields> {
    let mut columns = header.fields.columns.clone();
    for delete in &header.equality_deletes {
        for key in &delete.fields.columns {
            let Some(at) = columns.iter().position(|column| column.id == key.id) else {
                columns.push(hidden(key));
                continue;
            };
            // Of two types of a key that the table has no more, one is the other one widened.
            let known = columns[at].data_type().clone();
            let dropped = at >= header.fields.columns.len();
            if dropped && known != *key.data_type() {
                if crate::lake::shape::simple(&known, key.data_type()).is_some() {
                    columns[at] = hidden(key);
                } else if crate::lake::shape::simple(key.data_type(), &known).is_none() {
                    let message = format!(
                        "{}: equality deletes compare column {} as {known} and as {}",
                        header.name,
                        key.field.name(),
                        key.data_type()
                    );
                    return Err(EngineError::new(ErrorCode::Unsupported, message));
                }
            }
        }
    }
    Ok(LakeFields::new(columns, header.fields.mode))
}

/// Under a name that no column has.
fn hidden(key: &LakeField) -> LakeField {
    let name = format!("\u{1}{}", key.id.unwrap_or_default());
    let field = Arc::new(Field::new(name, key.data_type().clone(), true));
    LakeField { field, ..key.clone() }
}

/// Gives files the names that plans and messages call them by.
struct Names<'a> {
    core: &'a Core,
    header: &'a Header,
    root: String,
    allowed: Vec<String>,
    /// What local files lie below.
    folders: Arc<[PathBuf]>,
    /// By URL.
    shown: HashMap<String, Path>,
    taken: HashSet<Path>,
    /// How many files a name was wanted for that another one had.
    copies: HashMap<Path, usize>,
    pinned: Vec<PinnedFile>,
}

impl<'a> Names<'a> {
    fn new(core: &'a Core, header: &'a Header) -> Result<Self> {
        let folder = |url: &str| Ok::<_, EngineError>(format!("{}/", object_url(url)?.trim_end_matches('/')));
        let root = folder(&header.root)?;
        let allowed = header.allowed.iter().flatten().map(|url| folder(url)).collect::<Result<Vec<_>>>()?;
        let urls = core.prefixes.local_folders().into_iter().chain(allowed.clone()).chain([root.clone()]);
        let folders = urls.filter_map(|url| url.strip_prefix("file://").map(PathBuf::from)).collect();
        Ok(Self {
            core,
            header,
            root,
            allowed,
            folders,
            shown: HashMap::new(),
            taken: HashSet::new(),
            copies: HashMap::new(),
            pinned: Vec::new(),
        })
    }

    fn pin(&mut self, path: &str, size: u64) -> Result<ObjectMeta> {
        let name = &self.header.name;
        let url = object_url(path).map_err(|error| {
            EngineError::new(ErrorCode::SourceInvalid, format!("{name}: file {path}: {}", error.message))
        })?;
        let below = match url.strip_prefix(&self.root) {
            Some(below) => below,
            None if self.is_allowed(&url) => url.rsplit('/').next().unwrap_or(&url),
            None => {
                let message = format!("{name}: file {path} lies outside of the table's folder");
                return Err(EngineError::new(ErrorCode::SourceInvalid, message)
                    .with_hint("register the prefix that it lies below as a store, if it may be read"));
            }
        };
        if let Some(shown) = self.shown.get(&url) {
            return Ok(self.core.prefixes.pin(&url, size, shown.clone())?.shown);
        }
        let shown = self.unique(below);
        let file = self.core.prefixes.pin(&url, size, shown.clone())?.within(&self.folders);
        let meta = file.shown.clone();
        self.taken.insert(shown.clone());
        self.shown.insert(url, shown);
        self.pinned.push(file);
        Ok(meta)
    }

    fn unique(&mut self, below: &str) -> Path {
        let name = &self.header.name;
        let plain = Path::from(format!("{name}/{below}"));
        if !self.taken.contains(&plain) {
            return plain;
        }
        let copy = self.copies.entry(plain).or_insert(1);
        loop {
            *copy += 1;
            let shown = Path::from(format!("{name}/{copy}/{below}"));
            if !self.taken.contains(&shown) {
                return shown;
            }
        }
    }

    fn is_allowed(&self, url: &str) -> bool {
        match self.header.allowed.is_some() {
            true => self.allowed.iter().any(|prefix| url.starts_with(prefix)),
            false => self.core.prefixes.is_explicit(url),
        }
    }
}

impl LakeVersion {
    fn digest(&self) -> u64 {
        let (header, files) = (&self.header, &self.files);
        let mut hasher = SipHasher24::new();
        for text in [&header.name, header.format.name(), &header.version] {
            hash_text(&mut hasher, text);
        }
        for file in 0..files.len() {
            hash_text(&mut hasher, self.shown(file));
            hash_text(&mut hasher, &format!("{} {:?}", files.size_of(file), files.vector_of(file)));
            for delete in files.position_deletes_of(file) {
                hash_text(&mut hasher, self.position_deletes[delete].location.as_ref());
            }
            for delete in &header.groups[files.group_of(file)].equality_deletes {
                hash_text(&mut hasher, self.equality_deletes[*delete].location.as_ref());
            }
        }
        hasher.finish()
    }

    pub(crate) fn shown(&self, file: usize) -> &str {
        self.data[file].location.as_ref()
    }

    /// What reading a data file needs to know.
    pub(crate) fn context(&self, file: usize) -> FileContext {
        let statistics = &self.files.statistics;
        let group = &self.header.groups[self.files.group_of(file)];
        let constants = group.constants.iter().filter_map(|column| {
            let (_, values) = statistics.constant_values(*column)?;
            Some((*column, datafusion::common::ScalarValue::try_from_array(values, file).ok()?))
        });
        let floats = self.header.fields.columns.iter().enumerate().filter(|(_, column)| is_float(column.data_type()));
        FileContext {
            fields: self.fields.clone(),
            shown: self.shown(file).into(),
            constants: constants.collect(),
            without_nan: floats.map(|(i, _)| i).filter(|i| statistics.is_without_nan(*i, file)).collect(),
        }
    }

    /// Data files by their paths as delete files have them.
    pub(crate) fn by_path(&self) -> &HashMap<Box<str>, usize> {
        self.by_path.get_or_init(|| {
            // Of a file that is there twice, the first stands for both.
            let files = (0..self.files.len()).rev();
            files.map(|file| (self.files.recorded_path(file).into(), file)).collect()
        })
    }
}

impl Drop for LakeVersion {
    fn drop(&mut self) {
        self.core.registry_drop(&self.url);
        self.core.deletes.forget(self.id);
    }
}

#[async_trait]
impl TableSource for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.version.schema.clone()
    }

    fn info(&self) -> TableInfo {
        let files = &self.version.files;
        let header = &self.version.header;
        let exact = |file: usize| {
            let deleted = files.has_deletes(file) || !header.groups[files.group_of(file)].equality_deletes.is_empty();
            if deleted { None } else { files.rows_of(file) }
        };
        let constant = |column: &usize| header.groups.iter().any(|group| group.constants.contains(column));
        let partitions = (0..header.fields.columns.len()).filter(constant);
        TableInfo {
            format: header.format.name(),
            files: files.len(),
            bytes: (0..files.len()).map(|file| files.size_of(file)).sum(),
            rows: (0..files.len()).map(exact).sum(),
            partitions: partitions.map(|i| header.fields.columns[i].field.name().clone()).collect(),
        }
    }

    fn hash(&self, hasher: &mut dyn Hasher) {
        hasher.write_u64(*self.version.digest.get_or_init(|| self.version.digest()));
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        self.version.scan(state, projection, filters, limit)
    }

    /// Rows and NULLs where none is deleted; values only of columns that have one a file, since others have bounds that
    /// may not be reached.
    fn statistics(&self) -> TableStatistics {
        let (files, rows) = (&self.version.files, self.info().rows);
        let columns = self.version.schema.fields().iter().enumerate();
        let columns = columns.filter(|(_, field)| rows.is_some() && !field.data_type().is_nested());
        let columns = columns.filter_map(|(i, field)| {
            let mut merged = Merged::default();
            for file in 0..files.len() {
                let (min, max) = match files.statistics.is_constant(i, file) {
                    true => files.statistics.bounds(i, file),
                    false => (None, None),
                };
                merged.add(&Known { nulls: files.statistics.nulls_of(i, file), min, max }, files.rows_of(file));
            }
            merged.told(field.name())
        });
        TableStatistics { rows, columns: columns.collect() }
    }

    fn pieces(&self) -> Option<u64> {
        let files = &self.version.files;
        Some((0..files.len()).map(|file| files.size_of(file).div_ceil(WORTH_BYTES)).sum())
    }
}
