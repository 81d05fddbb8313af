package dev.bowyer.access;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.Set;

/// What callers may do beside asking queries. Pure.
public final class Permissions {
    private final boolean open;
    private final Set<String> administrators;

    private Permissions(boolean open, Set<String> administrators) {
        this.open = open;
        this.administrators = Set.copyOf(administrators);
    }

    /// Of a server without users: whoever reaches it may do everything.
    public static Permissions open() {
        return new Permissions(true, Set.of());
    }

    /// @param administrators names of users; empty: nobody is one
    public static Permissions of(Set<String> administrators) {
        return new Permissions(false, administrators);
    }

    public boolean isAdministrator(Caller caller) {
        return open || administrators.contains(caller.name());
    }

    /// @param what is asked for, as in "only an administrator may ..."
    /// @throws ServiceException PERMISSION_DENIED
    public void requireAdministrator(Caller caller, String what) {
        if (!isAdministrator(caller)) {
            throw new ServiceException(
                    ErrorCode.PERMISSION_DENIED,
                    "only an administrator may " + what + ", and \"" + caller.name() + "\" is none",
                    "the server's configuration names them: auth.admins");
        }
    }
}
