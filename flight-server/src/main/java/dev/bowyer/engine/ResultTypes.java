package dev.bowyer.engine;

/// How results are typed on the wire. The three switches apply on top of either encoding, at every depth.
///
/// @param timestampsInNanoseconds every timestamp; one out of their range is INVALID_VALUE
/// @param timestampsWithoutZone a timestamp with a zone becomes one without, in UTC
/// @param decimalsAsDoubles every decimal
public record ResultTypes(
        Encoding encoding, boolean timestampsInNanoseconds, boolean timestampsWithoutZone, boolean decimalsAsDoubles) {
    public static final ResultTypes COMPATIBLE = new ResultTypes(Encoding.COMPATIBLE, false, false, false);

    /// [#COMPATIBLE] has only types that every client reads; [#NATIVE] is what the engine computes with: views,
    /// dictionaries, unsigned integers.
    public enum Encoding {
        COMPATIBLE,
        NATIVE
    }
}
