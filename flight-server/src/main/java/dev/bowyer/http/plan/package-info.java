/// Plans as pictures. Entry point: [MermaidPlan].
@NullMarked
package dev.bowyer.http.plan;

import org.jspecify.annotations.NullMarked;
