//! What happens when a scan opens a file of a lake table: it may be left out after all, its deleted rows are read, its
//! columns are found. Then DataFusion reads it.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource, ParquetSource};
use datafusion::error::{DataFusionError, Result};
use datafusion::parquet::file::metadata::PageIndexPolicy;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion_datasource::morsel::{Morsel, MorselPlan, MorselPlanner, Morselizer};
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::{ObjectMeta, ObjectStore};

use crate::error::{EngineError, ErrorCode};
use crate::lake::adapter::{FileAdapters, FileContext};
use crate::lake::casts::prunable;
use crate::lake::source::{FileIndex, Scanned};
use crate::lake::statistics::OneFile;
use crate::lake::table::LakeVersion;

/// In errors of DataFusion whose cause is only text.
const LOST_CAUSE: &str = "Failed to fetch metadata";

/// What the files of one partition of a scan share.
pub(crate) struct Opening {
    pub(crate) inner: ParquetSource,
    pub(crate) scanned: Scanned,
    pub(crate) store: Arc<dyn ObjectStore>,
    /// Of the scan, without its files.
    pub(crate) config: FileScanConfig,
    pub(crate) partition: usize,
    /// A filter that may have narrowed since the scan was planned.
    pub(crate) changing: Option<Arc<dyn PhysicalExpr>>,
    /// Whether bounds say nothing of a part of the filter.
    pub(crate) misled: bool,
}

pub(crate) struct LakeMorselizer(pub(crate) Arc<Opening>);

impl fmt::Debug for LakeMorselizer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "LakeMorselizer({})", self.0.partition)
    }
}

impl Morselizer for LakeMorselizer {
    fn plan_file(&self, file: PartitionedFile) -> Result<Box<dyn MorselPlanner>> {
        let index = file.extension::<FileIndex>().map_or(0, |index| index.0);
        let version = match &self.0.scanned {
            Scanned::Data(version) => version,
            Scanned::Deletes(_) => return self.0.planner(file, index),
        };
        if self.0.is_useless(version, index) {
            return Ok(Box::new(Nothing));
        }
        match version.files.has_deletes(index) {
            true => Ok(Box::new(WithDeletes { opening: self.0.clone(), version: version.clone(), file, index })),
            false => self.0.planner(file, index),
        }
    }
}

impl Opening {
    fn context(&self, shown: &str, index: usize) -> FileContext {
        match &self.scanned {
            Scanned::Data(version) => version.context(index),
            Scanned::Deletes(fields) => FileContext {
                fields: fields.clone(),
                shown: shown.into(),
                constants: Default::default(),
                without_nan: Vec::new(),
            },
        }
    }

    fn planner(&self, file: PartitionedFile, index: usize) -> Result<Box<dyn MorselPlanner>> {
        let mut file = file;
        if self.misled {
            // DataFusion would compare them without knowing of it.
            file.statistics = None;
        }
        let context = Arc::new(self.context(file.object_meta.location.as_ref(), index));
        let place = Arc::new(Place { store: self.store.clone(), meta: file.object_meta.clone() });
        let mut config = self.config.clone();
        config.expr_adapter_factory = Some(Arc::new(FileAdapters(context)));
        let inner = self.inner.create_morselizer(self.store.clone(), &config, self.partition)?;
        let inner = inner.plan_file(file).map_err(|e| place.named(e))?;
        Ok(Box::new(Named { inner, place }))
    }

    /// Whether a filter that has narrowed since leaves none of its rows.
    fn is_useless(&self, version: &LakeVersion, index: usize) -> bool {
        let Some(predicate) = &self.changing else {
            return false;
        };
        let schema = self.inner.table_schema().table_schema().clone();
        let predicate = prunable(predicate, &schema);
        let Some(pruning) = PruningPredicateBuilder::new().with_file_schema(schema).build(predicate) else {
            return false;
        };
        let statistics = OneFile { all: &version.files.statistics, file: index };
        pruning.prune(&statistics).is_ok_and(|keep| keep == [false])
    }
}

/// Of a file that is left out.
#[derive(Debug)]
struct Nothing;

impl MorselPlanner for Nothing {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        Ok(None)
    }
}

/// Reads the deleted rows, then goes on as for any file.
struct WithDeletes {
    opening: Arc<Opening>,
    version: Arc<LakeVersion>,
    file: PartitionedFile,
    index: usize,
}

impl fmt::Debug for WithDeletes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "WithDeletes({})", self.file.object_meta.location)
    }
}

impl MorselPlanner for WithDeletes {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        Ok(Some(MorselPlan::new().with_pending_planner(self.opened())))
    }
}

impl WithDeletes {
    async fn opened(self: Box<Self>) -> Result<Box<dyn MorselPlanner>> {
        let Self { opening, version, mut file, index } = *self;
        let cache = version.core.runtime.cache_manager.get_file_metadata_cache();
        let metadata = DFParquetMetadata::new(opening.store.as_ref(), &file.object_meta)
            .with_file_metadata_cache(Some(cache))
            .with_metadata_size_hint(opening.inner.table_parquet_options().global.metadata_size_hint)
            .with_page_index_policy(Some(PageIndexPolicy::Skip))
            .fetch_metadata()
            .await
            .map_err(|e| named(version.shown(index), e))?;
        let deleted = version.deleted_rows(index).await.map_err(EngineError::into_datafusion)?;
        let selection = deleted.selection(&file.object_meta, &metadata, file.range.as_ref());
        if let Some(plan) = selection.map_err(EngineError::into_datafusion)? {
            file.extensions.insert(plan);
        }
        opening.planner(file, index)
    }
}

/// A file, for its errors.
pub(crate) struct Place {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) meta: ObjectMeta,
}

impl Place {
    fn named(&self, error: DataFusionError) -> DataFusionError {
        named(self.meta.location.as_ref(), error)
    }

    /// Of an error while opening the file. DataFusion makes text of what a footer could not be read for, and so loses
    /// whether the file is gone, changed or damaged: it is asked for again.
    pub(crate) async fn explained(&self, error: DataFusionError) -> DataFusionError {
        if !error.to_string().contains(LOST_CAUSE) {
            return self.named(error);
        }
        let footer = DFParquetMetadata::new(self.store.as_ref(), &self.meta);
        match footer.fetch_metadata().await {
            Err(cause) => self.named(cause),
            Ok(_) => self.named(error),
        }
    }
}

/// Puts the name of the file on errors that lack it.
struct Named<T> {
    inner: T,
    place: Arc<Place>,
}

impl<T: fmt::Debug> fmt::Debug for Named<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl MorselPlanner for Named<Box<dyn MorselPlanner>> {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        let Self { inner, place } = *self;
        let Some(mut plan) = inner.plan().map_err(|e| place.named(e))? else {
            return Ok(None);
        };
        let morsel = |inner| Box::new(Named { inner, place: place.clone() }) as Box<dyn Morsel>;
        let planner = |inner| Box::new(Named { inner, place: place.clone() }) as Box<dyn MorselPlanner>;
        let morsels = plan.take_morsels().into_iter().map(morsel).collect();
        let planners = plan.take_ready_planners().into_iter().map(planner).collect();
        let mut wrapped = MorselPlan::new().with_morsels(morsels).with_planners(planners);
        if let Some(pending) = plan.take_pending_planner() {
            let place = place.clone();
            wrapped.set_pending_planner(async move {
                match pending.await {
                    Ok(inner) => Ok(Box::new(Named { inner, place }) as Box<dyn MorselPlanner>),
                    Err(error) => Err(place.explained(error).await),
                }
            });
        }
        Ok(Some(wrapped))
    }
}

impl Morsel for Named<Box<dyn Morsel>> {
    fn into_stream(self: Box<Self>) -> BoxStream<'static, Result<RecordBatch>> {
        let Self { inner, place } = *self;
        inner.into_stream().map(move |batch| batch.map_err(|e| place.named(e))).boxed()
    }
}

fn named(shown: &str, error: DataFusionError) -> DataFusionError {
    let made = EngineError::from(error);
    let named = made.message.contains(shown);
    let code = match made.code {
        // Reading computes nothing but casts of what a file holds.
        ErrorCode::Internal | ErrorCode::SourceInvalid if !named => ErrorCode::SourceInvalid,
        code => code,
    };
    if named || code != ErrorCode::SourceInvalid {
        return made.into_datafusion();
    }
    let message = format!("file {shown}: {}", made.message);
    EngineError { message, code, ..made }.into_datafusion()
}
