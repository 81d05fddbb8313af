package dev.bowyer.dataset.delta;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.bowyer.dataset.delta.log.DeltaLimits;
import dev.bowyer.dataset.delta.log.JsonLines;
import dev.bowyer.dataset.delta.log.JsonValues;
import dev.bowyer.dataset.lake.LakeFiles.Mapping;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.internal.actions.Metadata;
import io.delta.kernel.internal.util.ColumnMapping;
import io.delta.kernel.internal.util.ColumnMapping.ColumnMappingMode;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.StructField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// The schema of a version, and how its columns are found in files.
///
/// @param arrow with the field metadata that [dev.bowyer.dataset.lake.LakeFiles] describes
record DeltaSchema(Schema arrow, Mapping mapping, List<DeltaColumn> columns) {
    /// JSON levels that one level of a type takes.
    private static final int LEVELS_OF_A_TYPE = 3;

    /// @throws ServiceException UNSUPPORTED for a column of a type that is not read, LIMIT_REACHED for one
    ///     nested too deeply, SOURCE_INVALID
    static DeltaSchema of(Metadata metadata, DeltaLimits limits) {
        checkNesting(metadata.getSchemaString(), limits.schemaNesting());
        ColumnMappingMode mode = ColumnMapping.getColumnMappingMode(metadata.getConfiguration());
        Set<String> partitions = metadata.getPartitionColNames();
        DeltaFields fields = new DeltaFields(mode);
        List<Field> arrow = new ArrayList<>();
        List<DeltaColumn> columns = new ArrayList<>();
        for (StructField field : structFields(metadata)) {
            arrow.add(fields.field(field, ""));
            columns.add(new DeltaColumn(
                    columns.size(),
                    field.getName(),
                    fields.physical(field),
                    field.getDataType(),
                    partitions.contains(field.getName().toLowerCase(Locale.ROOT)),
                    field.getTypeChanges().stream().anyMatch(change -> change.getFrom() instanceof FloatType)));
        }
        long found = columns.stream().filter(DeltaColumn::partition).count();
        if (found != partitions.size()) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID, "partition columns " + partitions + " are not all in the schema");
        }
        Mapping mapping = mode == ColumnMappingMode.ID ? Mapping.id : Mapping.name;
        return new DeltaSchema(new Schema(arrow), mapping, List.copyOf(columns));
    }

    private static List<StructField> structFields(Metadata metadata) {
        try {
            return metadata.getSchema().fields();
        } catch (RuntimeException e) {
            throw DeltaTypes.refused(metadata.getSchemaString(), e);
        }
    }

    /// The kernel parses a schema recursively, however deep it is.
    private static void checkNesting(String schema, int most) {
        int depth = 0;
        try (JsonParser json = JsonValues.MAPPER.createParser(schema)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth > most * LEVELS_OF_A_TYPE) {
                    throw new ServiceException(
                            ErrorCode.LIMIT_REACHED, "the schema has types nested deeper than " + most);
                }
            }
        } catch (IOException e) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID,
                    "the schema in the Delta log is no JSON: " + JsonLines.reason(e),
                    null,
                    e);
        }
    }
}
