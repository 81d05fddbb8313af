/// What a client has chosen for its calls, and how that is kept from one call to the next. Entry point:
/// [SessionInterceptor]; the choices are [SessionOption]. Knows headers, cookies and tokens, and nothing of queries.
@NullMarked
package dev.bowyer.flight.session;

import org.jspecify.annotations.NullMarked;
