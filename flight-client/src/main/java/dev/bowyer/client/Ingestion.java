package dev.bowyer.client;

import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;

/** {@link PutMode} as Flight SQL says it. */
final class Ingestion {
    private Ingestion() {}

    static TableDefinitionOptions options(PutMode mode) {
        return switch (mode) {
            case CREATE ->
                options(TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE, TableExistsOption.TABLE_EXISTS_OPTION_FAIL);
            case APPEND ->
                options(TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL, TableExistsOption.TABLE_EXISTS_OPTION_APPEND);
            case REPLACE ->
                options(
                        TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE,
                        TableExistsOption.TABLE_EXISTS_OPTION_REPLACE);
            case CREATE_OR_APPEND ->
                options(
                        TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE,
                        TableExistsOption.TABLE_EXISTS_OPTION_APPEND);
        };
    }

    private static TableDefinitionOptions options(TableNotExistOption missing, TableExistsOption present) {
        return TableDefinitionOptions.newBuilder()
                .setIfNotExist(missing)
                .setIfExists(present)
                .build();
    }
}
