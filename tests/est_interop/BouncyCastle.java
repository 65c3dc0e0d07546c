// An EST client that is not ours: Bouncy Castle's, as it comes. Enrols at a running central and
// renews. Called by bouncy_castle.sh.
//
//   BouncyCastle.java PORT EST_NAME ROOT_PEM KIOSK CODE

import java.io.FileReader;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.est.CSRRequestResponse;
import org.bouncycastle.est.ESTException;
import org.bouncycastle.est.ESTService;
import org.bouncycastle.est.EnrollmentResponse;
import org.bouncycastle.est.jcajce.JcaHttpAuthBuilder;
import org.bouncycastle.est.jcajce.JcaJceUtils;
import org.bouncycastle.est.jcajce.JsseDefaultHostnameAuthorizer;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

public class BouncyCastle {
    static String host;
    static int port;
    static X509Certificate root;

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        port = Integer.parseInt(args[0]);
        host = args[1];
        root = convert((X509CertificateHolder) new PEMParser(new FileReader(args[2])).readObject());
        String kiosk = args[3];
        String code = args[4];

        ESTService est = builder().build();
        Collection<X509CertificateHolder> roots = est.getCACerts().getCertificateStore().getMatches(null);
        check(roots.size() == 1 && convert(roots.iterator().next()).equals(root), "cacerts is the root");

        CSRRequestResponse attributes = est.getCSRAttributes();
        check(attributes.hasAttributesResponse(), "csrattrs");
        check(attributes.getAttributesResponse().hasRequirement(X9ObjectIdentifiers.id_ecPublicKey), "csrattrs name a key");

        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair key = generator.generateKeyPair();
        PKCS10CertificationRequest request = request(kiosk, key);

        try {
            est.simpleEnroll(false, request, auth(kiosk, "FALSE"));
            throw new IllegalStateException("FAILED: a false code bought something");
        } catch (ESTException refused) {
            check(refused.getStatusCode() == 401, "a false code is 401, not " + refused);
        }
        X509Certificate first = only(est.simpleEnroll(false, request, auth(kiosk, code)));
        good(first, key, kiosk);

        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("kiosk", key.getPrivate(), new char[0], new Certificate[] {first, root});
        ESTService known =
                builder().withKeyManagers(
                        JcaJceUtils.createKeyManagerFactory("PKIX", null, store, new char[0]).getKeyManagers()).build();
        X509Certificate next = only(known.simpleEnroll(true, request, null));
        good(next, key, kiosk);
        check(!next.getSerialNumber().equals(first.getSerialNumber()), "a new certificate");
        System.out.println("--- all of it");
    }

    static JsseESTServiceBuilder builder() {
        JsseESTServiceBuilder builder = new JsseESTServiceBuilder(
                host, port, JcaJceUtils.getCertPathTrustManager(Collections.singleton(new TrustAnchor(root, null)), null));
        builder.withHostNameAuthorizer(new JsseDefaultHostnameAuthorizer(Collections.<String>emptySet()));
        builder.withTimeout(30_000);
        return builder;
    }

    static org.bouncycastle.est.ESTAuth auth(String user, String password) throws Exception {
        return new JcaHttpAuthBuilder(user, password.toCharArray())
                .setProvider("BC").setNonceGenerator(new SecureRandom()).build();
    }

    static PKCS10CertificationRequest request(String kiosk, KeyPair key) throws Exception {
        ExtensionsGenerator extensions = new ExtensionsGenerator();
        extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(
                new GeneralName(GeneralName.uniformResourceIdentifier, "urn:dayroom:kiosk:" + kiosk)));
        return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=" + kiosk), key.getPublic())
                .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()));
    }

    static X509Certificate only(EnrollmentResponse response) throws Exception {
        check(response.isCompleted(), "completed");
        Collection<X509CertificateHolder> sent = response.getStore().getMatches(null);
        check(sent.size() == 1, "one certificate");
        return convert(sent.iterator().next());
    }

    static void good(X509Certificate certificate, KeyPair key, String kiosk) throws Exception {
        certificate.verify(root.getPublicKey());
        certificate.checkValidity();
        check(Arrays.equals(certificate.getPublicKey().getEncoded(), key.getPublic().getEncoded()), "our key");
        check(certificate.getSubjectAlternativeNames().toString().contains("urn:dayroom:kiosk:" + kiosk), "our kiosk");
    }

    static X509Certificate convert(X509CertificateHolder holder) throws Exception {
        return new JcaX509CertificateConverter().getCertificate(holder);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("FAILED: " + what);
        }
        System.out.println("--- " + what);
    }
}
