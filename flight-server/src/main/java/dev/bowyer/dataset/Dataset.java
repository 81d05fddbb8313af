package dev.bowyer.dataset;

/// A registered name with its source and the version of its data that one [CatalogSnapshot] sees.
public record Dataset(DatasetName name, Source source, Table table) {}
