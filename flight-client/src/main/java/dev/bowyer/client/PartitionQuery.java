package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Partition;
import dev.bowyer.client.wire.Connection;
import dev.bowyer.client.wire.Question;

/** A part of an answer that was asked for before, perhaps by another process. */
public final class PartitionQuery extends Query<PartitionQuery> {
    private final Partition partition;

    PartitionQuery(Connection connection, QueryOptions options, Partition partition) {
        super(connection, options);
        this.partition = partition;
    }

    @Override
    PartitionQuery with(QueryOptions changed) {
        return new PartitionQuery(connection(), changed, partition);
    }

    @Override
    Question question() {
        return Question.Announced.of(partition);
    }

    /** UNIMPLEMENTED: a ticket does not tell its plan. */
    @Override
    public String explain() {
        throw BowyerException.of(
                ErrorCodes.UNIMPLEMENTED, "explain: a partition does not tell its plan", "ask the query it is of");
    }
}
