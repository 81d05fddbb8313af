import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/// Makes the JVM's list of certificate authorities from Debian's, so that Java and the native engine trust the same ones
/// and none that only the building machine knows.
///
/// usage: java Trust.java CERTIFICATES.pem CACERTS
final class Trust {
    private Trust() {}

    public static void main(String[] args) throws IOException, GeneralSecurityException {
        // As the JDK's own file: without a password, since nothing in it is secret.
        System.setProperty("keystore.pkcs12.macAlgorithm", "NONE");
        System.setProperty("keystore.pkcs12.certProtectionAlgorithm", "NONE");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int count = 0;
        try (InputStream pem = Files.newInputStream(Path.of(args[0]))) {
            for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + count++, authority);
            }
        }
        if (count == 0) {
            throw new IOException(args[0] + " has no certificates");
        }
        try (OutputStream out = Files.newOutputStream(Path.of(args[1]))) {
            store.store(out, null);
        }
        System.out.println(count + " certificate authorities");
    }
}
