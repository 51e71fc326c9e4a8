// A meter made of the public API of the Gurux DLMS library for Java, for the interoperability test.
// java -cp JARS GuruxMeter.java INTERFACE SEEN_COUNTER [SN]; prints "PORT n" when it listens.
import gurux.dlms.GXDLMSConnectionEventArgs;
import gurux.dlms.GXDateTime;
import gurux.dlms.GXServerReply;
import gurux.dlms.ValueEventArgs;
import gurux.dlms.enums.AccessMode;
import gurux.dlms.enums.Authentication;
import gurux.dlms.enums.DataType;
import gurux.dlms.enums.InterfaceType;
import gurux.dlms.enums.MethodAccessMode;
import gurux.dlms.enums.ObjectType;
import gurux.dlms.enums.SourceDiagnostic;
import gurux.dlms.enums.Unit;
import gurux.dlms.objects.GXDLMSAssociationLogicalName;
import gurux.dlms.objects.GXDLMSAssociationShortName;
import gurux.dlms.objects.GXDLMSClock;
import gurux.dlms.objects.GXDLMSData;
import gurux.dlms.objects.GXDLMSHdlcSetup;
import gurux.dlms.objects.GXDLMSIECLocalPortSetup;
import gurux.dlms.objects.GXDLMSObject;
import gurux.dlms.objects.GXDLMSObjectCollection;
import gurux.dlms.objects.GXDLMSProfileGeneric;
import gurux.dlms.objects.GXDLMSRegister;
import gurux.dlms.objects.GXDLMSSecuritySetup;
import gurux.dlms.objects.GXDLMSTcpUdpSetup;
import gurux.dlms.objects.enums.ApplicationContextName;
import gurux.dlms.objects.enums.SecurityPolicy;
import gurux.dlms.secure.GXDLMSSecureServer2;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumSet;

public class GuruxMeter extends GXDLMSSecureServer2 {
  static final long FIRST_ROW_S = 1_764_547_200L; // 2025-12-01T00:00Z
  static final int PERIOD_S = 900;
  static final int ROWS = 192;

  private final GXDLMSObjectCollection common = new GXDLMSObjectCollection();

  private final boolean shortNames;

  GuruxMeter(InterfaceType link, long seenCounter, boolean shortNames) throws Exception {
    super(!shortNames, link);
    this.shortNames = shortNames;
    setMaxReceivePDUSize(1024);
    GXDLMSData name = new GXDLMSData("0.0.42.0.0.255");
    name.setValue("GRX0000000000001".getBytes());
    getItems().add(name);
    GXDLMSClock clock = new GXDLMSClock();
    clock.setTime(new GXDateTime(new Date(FIRST_ROW_S * 1000)));
    getItems().add(clock);
    GXDLMSRegister in = register("1.0.1.8.0.255");
    GXDLMSRegister out = register("1.0.2.8.0.255");
    GXDLMSProfileGeneric profile = new GXDLMSProfileGeneric("1.0.99.1.0.255");
    profile.setCapturePeriod(PERIOD_S);
    profile.addCaptureObject(clock, 2, 0);
    profile.addCaptureObject(in, 2, 0);
    profile.addCaptureObject(out, 2, 0);
    Object[][] rows = new Object[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      GXDateTime at = new GXDateTime(new Date((FIRST_ROW_S + (long) i * PERIOD_S) * 1000));
      rows[i] = new Object[] {at, 1000 + i * 10, 500 + i};
    }
    profile.setBuffer(rows);
    profile.setEntriesInUse(ROWS);
    profile.setProfileEntries(ROWS);
    getItems().add(profile);
    GXDLMSData counter = new GXDLMSData("0.0.43.1.0.255");
    counter.setDataType(2, DataType.UINT32);
    counter.setValue(seenCounter);
    getItems().add(counter);
    GXDLMSSecuritySetup security = new GXDLMSSecuritySetup("0.0.43.0.0.255");
    security.setServerSystemTitle("GRX00001".getBytes());
    security.setSecurityPolicy(EnumSet.of(SecurityPolicy.AUTHENTICATED, SecurityPolicy.ENCRYPTED));
    security.setGuek(hex("000102030405060708090A0B0C0D0E0F"));
    security.setGak(hex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"));
    getItems().add(security);
    if (link == InterfaceType.WRAPPER) {
      getItems().add(new GXDLMSTcpUdpSetup());
    } else {
      getItems().add(new GXDLMSHdlcSetup());
      GXDLMSIECLocalPortSetup port = new GXDLMSIECLocalPortSetup();
      port.setDeviceAddress("12345678");
      setLocalPortSetup(port);
      setFlaID("GRX");
    }
    if (shortNames) {
      GXDLMSAssociationShortName all = new GXDLMSAssociationShortName();
      all.setSecret("secret12secret12".getBytes());
      getItems().add(all);
      initialize();
      return;
    }
    common.addAll(getItems());
    association("0.0.40.0.0.255", 16, Authentication.NONE, "secret12secret12".getBytes());
    association("0.0.40.0.1.255", 17, Authentication.LOW, "secret12secret12".getBytes());
    association("0.0.40.0.2.255", 18, Authentication.HIGH_MD5, "secret12secret12".getBytes());
    association("0.0.40.0.3.255", 19, Authentication.HIGH_SHA256, "secret12secret12".getBytes());
    association("0.0.40.0.5.255", 20, Authentication.HIGH, "secret12secret12".getBytes());
    association("0.0.40.0.6.255", 21, Authentication.HIGH_SHA1, "secret12secret12".getBytes());
    GXDLMSAssociationLogicalName gmac = association("0.0.40.0.4.255", 1, Authentication.HIGH_GMAC, null);
    gmac.setSecuritySetupReference("0.0.43.0.0.255");
    gmac.getApplicationContextName().setContextId(ApplicationContextName.LOGICAL_NAME_WITH_CIPHERING);
    initialize();
  }

  private GXDLMSRegister register(String name) {
    GXDLMSRegister register = new GXDLMSRegister(name);
    register.setDataType(2, DataType.UINT32);
    register.setValue(123456);
    register.setScaler(1);
    register.setUnit(Unit.ACTIVE_ENERGY);
    getItems().add(register);
    return register;
  }

  private GXDLMSAssociationLogicalName association(String name, int client, Authentication authentication, byte[] secret) {
    GXDLMSAssociationLogicalName ln = new GXDLMSAssociationLogicalName(name);
    ln.setClientSAP(client);
    ln.getAuthenticationMechanismName().setMechanismId(authentication);
    if (secret != null) ln.setSecret(secret);
    ln.getXDLMSContextInfo().setMaxReceivePduSize(1024);
    ln.getXDLMSContextInfo().setMaxSendPduSize(1024);
    // what other clients may do is none of this one's business
    ln.getObjectList().addAll(common);
    ln.getObjectList().add(ln);
    getItems().add(ln);
    return ln;
  }

  static byte[] hex(String text) {
    byte[] out = new byte[text.length() / 2];
    for (int i = 0; i < out.length; i++) out[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16);
    return out;
  }

  @Override
  protected boolean isTarget(int server, int client) {
    if (shortNames) return true;
    setAssignedAssociation(null);
    for (GXDLMSObject it : getItems().getObjects(ObjectType.ASSOCIATION_LOGICAL_NAME)) {
      GXDLMSAssociationLogicalName ln = (GXDLMSAssociationLogicalName) it;
      if (ln.getClientSAP() == client) setAssignedAssociation(ln);
    }
    return getAssignedAssociation() != null && (server & 0x3fff) != 0;
  }

  @Override
  protected SourceDiagnostic onValidateAuthentication(Authentication authentication, byte[] password) {
    if (shortNames) {
      boolean isWrong = authentication == Authentication.LOW && !"secret12secret12".equals(new String(password));
      return isWrong ? SourceDiagnostic.AUTHENTICATION_FAILURE : SourceDiagnostic.NONE;
    }
    GXDLMSAssociationLogicalName ln = getAssignedAssociation();
    if (ln.getAuthenticationMechanismName().getMechanismId() != authentication) {
      return SourceDiagnostic.AUTHENTICATION_FAILURE;
    }
    if (authentication == Authentication.LOW && !Arrays.equals(ln.getSecret(), password)) {
      return SourceDiagnostic.AUTHENTICATION_FAILURE;
    }
    return SourceDiagnostic.NONE;
  }

  @Override
  protected GXDLMSObject onFindObject(ObjectType type, int sn, String ln) {
    return null;
  }

  @Override
  public void onPreGet(ValueEventArgs[] args) {}

  @Override
  public void onPostGet(ValueEventArgs[] args) {}

  @Override
  public void onPreRead(ValueEventArgs[] args) {}

  @Override
  public void onPostRead(ValueEventArgs[] args) {}

  @Override
  protected void onPreWrite(ValueEventArgs[] args) {}

  @Override
  protected void onPostWrite(ValueEventArgs[] args) {}

  @Override
  protected void onConnected(GXDLMSConnectionEventArgs info) {}

  @Override
  protected void onInvalidConnection(GXDLMSConnectionEventArgs info) {}

  @Override
  protected void onDisconnected(GXDLMSConnectionEventArgs info) {}

  @Override
  protected AccessMode onGetAttributeAccess(ValueEventArgs arg) {
    return AccessMode.READ_WRITE;
  }

  @Override
  protected MethodAccessMode onGetMethodAccess(ValueEventArgs arg) {
    return MethodAccessMode.ACCESS;
  }

  @Override
  protected void onPreAction(ValueEventArgs[] args) {}

  @Override
  protected void onPostAction(ValueEventArgs[] args) {}

  public static void main(String[] args) throws Exception {
    GuruxMeter meter = new GuruxMeter(
        InterfaceType.valueOf(args[0]), Long.parseLong(args[1]), args.length > 2);
    ServerSocket listener = new ServerSocket(0, 16, InetAddress.getByName("127.0.0.1"));
    System.out.println("PORT " + listener.getLocalPort());
    while (true) {
      try (Socket socket = listener.accept()) {
        socket.setTcpNoDelay(true);
        meter.reset();
        InputStream in = socket.getInputStream();
        byte[] chunk = new byte[4096];
        for (int n; (n = in.read(chunk)) > 0; ) {
          GXServerReply reply = new GXServerReply(Arrays.copyOf(chunk, n));
          do {
            meter.handleRequest(reply);
            if (reply.getReply() != null) socket.getOutputStream().write(reply.getReply());
          } while (reply.isStreaming());
        }
      } catch (java.io.IOException error) {
        System.err.println(error);
      }
    }
  }
}
