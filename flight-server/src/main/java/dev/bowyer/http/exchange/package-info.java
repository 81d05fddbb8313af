/// What every resource needs to answer one request: parameters and bodies read within bounds, who calls, refusals as
/// problems, queries run without holding up other requests. Knows no route.
@NullMarked
package dev.bowyer.http.exchange;

import org.jspecify.annotations.NullMarked;
