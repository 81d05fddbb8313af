/// What clients ask for: each descriptor, ticket and action body, parsed once into a sealed type. Entry points:
/// [SqlCommand] and [ServerAction]. Carries out nothing.
@NullMarked
package dev.bowyer.flight.command;

import org.jspecify.annotations.NullMarked;
