/**
 * What happens to a transfer (events) and what its two machines answer (effects), as types. Twin of peer/core/moves.py.
 *
 * The sender's effects, to be carried out in order:
 *   say            {message}            say it on `control`
 *   open_lane      –                    open the data channel `lane/<transfer>/<n>` with the next n (wait for a link
 *                                       if there is none), then step {type: "lane_opened"}
 *   send_manifest  –                    send the MANIFEST pages on the lane
 *   read_leaf      {file, leaf, length} read the leaf (`length` bytes at leaf * LEAF_BYTES), hash it with SHA-256, send
 *                                       its DATA frames and then its LEAF frame; then step {type: "leaf_sent", file,
 *                                       leaf, length, sha256}. Reading may overlap, sending keeps the order. At most
 *                                       READ_AHEAD_BYTES are under way: backpressure is that the shell answers late.
 *   read_files     {files}              read and hash these small files and send them whole in one FILES frame
 *                                       (packFiles), in the order of these effects; then step {type: "files_sent",
 *                                       files: [{file, length, sha256}, …]}
 *   hash_leaf      {file, leaf, length} read and hash a leaf that the receiver holds, beside all that, and send its
 *                                       LEAF frame between others; then step {type: "leaf_hashed", …} like leaf_sent
 *   send_done      {file, size, leaves} root = SHA-256(rootInput(size, leaves)); send DONE behind the leaves before it
 *   complete       –                    the receiver has everything, proven and in its place
 *   fail           {reason, message, by: "us" | "them"}       over; send nothing more, close the lane
 *
 * The sender's events. From the wire: accepted {take: number[] | null}, wanted and had {ranges} (readRanges of a WANT
 * and a HAVE frame), held / released {by: "them"} for pause_files / resume_files ({by: "us"} for our own, which the
 * shell also says), finished_arrived, cancel_arrived {reason, message} for decline_files and cancel_files. From here:
 * lane_lost when the lane or its link is gone (drop what is being read for it: no leaf_sent, files_sent or leaf_hashed
 * until the next lane_opened), stopped {reason, message} when a person cancels or a file cannot be read
 * ("source_changed").
 *
 * The receiver's effects:
 *   say          {message}                  say it on `control`
 *   have         {ranges}                   send packHave(ranges) on the lane
 *   want         {ranges}                   send packWant(ranges) on the lane
 *   keep_data    {file, leaf, offset}       keep the payload of the DATA frame just stepped; offset 0 starts the leaf
 *                                           anew. No such effect: drop the payload
 *   prove_leaf   {file, leaf, sha256}       hash what was kept; equal: write it at leaf * LEAF_BYTES, then step
 *                                           {type: "leaf_proven", file, leaf}; else step {type: "leaf_broken", …}
 *   check_leaf   {file, leaf, sha256}       read back a leaf that is held from an earlier run, hash it, step the same
 *   take_files   {files}                    hash these files of the FILES frame just stepped; make those that match
 *                                           saveable and step {type: "files_taken", files: [number, …]}, step
 *                                           files_broken for the others
 *   make_files   {files}                    make these empty files, then step {type: "files_taken", files}
 *   finish_file  {file, size, root, leaves} compare the root with
 *                                           SHA-256(rootInput(size, leaves)): step root_differs {file} if it is not, or
 *                                           close the file, make it saveable and step file_finished {file}
 *   finish_tree  –                          all files are there; close everything, step {type: "tree_finished"}
 *   complete     –                          done
 *   fail         {reason, message, by: "us" | "them"}         over; delete what is half-way
 *
 * The receiver's events. From the lane: data_arrived {file, leaf, offset, length} (length of the payload), leaf_arrived
 * {file, leaf, length: offset of the frame, sha256: readLeaf}, done_arrived {file, size, root} (readDone), files_arrived
 * {files} (readFiles, without the bytes), lane_lost. On the next lane of the same transfer: read its manifest (it must
 * be the same), then step {type: "lane_opened"}; the answer to the repeated offer is among the effects. From `control`:
 * cancel_arrived {reason, message}. From here: stopped {reason, message} when a person cancels or the disk fails
 * ("disk").
 */

/** @typedef {import("../gen/messages.js").Control} Control */
/** @typedef {import("./frames.js").Range} Range */
/** @typedef {import("./frames.js").Small} Small */
/** @typedef {Extract<Control, {type: "cancel_files"}>["reason"]} Reason */
/** @typedef {{type: "fail", reason: Reason, message: string, by: "us" | "them"}} Fail */
/**
 * @typedef {{type: "lane_opened"} | {type: "lane_lost"}
 *   | {type: "cancel_arrived", reason: Reason, message?: string}
 *   | {type: "stopped", reason: Reason, message?: string}} EventOfBoth
 */
/**
 * @typedef {EventOfBoth | {type: "begun"}
 *   | {type: "accepted", take: readonly number[] | null}
 *   | {type: "wanted", ranges: readonly Range[]}
 *   | {type: "had", ranges: readonly Range[]}
 *   | {type: "leaf_sent", file: number, leaf: number, length: number, sha256: Uint8Array}
 *   | {type: "leaf_hashed", file: number, leaf: number, length: number, sha256: Uint8Array}
 *   | {type: "files_sent", files: readonly Small[]}
 *   | {type: "stream_ended", file: number, leaf: number, size: number}
 *   | {type: "held", by: "us" | "them"} | {type: "released", by: "us" | "them"}
 *   | {type: "finished_arrived"}} SendingEvent
 */
/** @typedef {{type: "read_leaf", file: number, leaf: number, length: number}} ReadLeaf */
/** @typedef {{type: "hash_leaf", file: number, leaf: number, length: number}} HashLeaf */
/**
 * @typedef {ReadLeaf | HashLeaf | Fail | {type: "open_lane"} | {type: "send_manifest"}
 *   | {type: "read_files", files: readonly number[]}
 *   | {type: "send_done", file: number, size: number, leaves: Uint8Array}
 *   | {type: "say", message: Control}
 *   | {type: "complete"}} SendingEffect
 */
/**
 * @typedef {EventOfBoth
 *   | {type: "data_arrived", file: number, leaf: number, offset: number, length: number}
 *   | {type: "leaf_arrived", file: number, leaf: number, length: number, sha256: Uint8Array}
 *   | {type: "done_arrived", file: number, size: number, root: Uint8Array}
 *   | {type: "files_arrived", files: readonly Small[]}
 *   | {type: "files_taken", files: readonly number[]} | {type: "files_broken", files: readonly number[]}
 *   | {type: "leaf_proven", file: number, leaf: number} | {type: "leaf_broken", file: number, leaf: number}
 *   | {type: "file_finished", file: number} | {type: "root_differs", file: number}
 *   | {type: "tree_finished"}} ReceivingEvent
 */
/**
 * @typedef {{type: "finish_file", file: number, size: number, root: Uint8Array, leaves: Uint8Array}} FinishFile
 */
/**
 * @typedef {FinishFile | Fail | {type: "finish_tree"}
 *   | {type: "have", ranges: readonly Range[]} | {type: "want", ranges: readonly Range[]}
 *   | {type: "keep_data", file: number, leaf: number, offset: number}
 *   | {type: "prove_leaf", file: number, leaf: number, sha256: Uint8Array}
 *   | {type: "check_leaf", file: number, leaf: number, sha256: Uint8Array}
 *   | {type: "take_files", files: readonly Small[]}
 *   | {type: "make_files", files: readonly number[]}
 *   | {type: "say", message: Control}
 *   | {type: "complete"}} ReceivingEffect
 */

export {};
