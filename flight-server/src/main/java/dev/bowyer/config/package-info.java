/// What the operator sets: the configuration file, environment variables, units. Entry points: [ConfigLoader] and the
/// [Config] it gives. The only package that knows YAML; it starts nothing and opens no data.
@NullMarked
package dev.bowyer.config;

import org.jspecify.annotations.NullMarked;
