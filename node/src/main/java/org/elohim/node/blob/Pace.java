package org.elohim.node.blob;

/// Holds back whoever reads much and is in no hurry.
interface Pace {
    /// Waits until so many bytes may be read; `false` where whoever asks is to end.
    boolean allows(long bytes);
}
