//! [`Action`]: what to do about a site, with an example of each.

use serde::Serialize;

/// What to do about a site. Each variant has an example of the code before and after.
///
/// # Examples
///
/// ```
/// use repool_pprof::advise::Action;
///
/// assert_eq!(Action::BufPool.name(), "buf_pool");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Keep one object or buffer and reuse it, because no two are ever live at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Write;
    /// // Before: a buffer for each line.
    /// fn write_lines(numbers: &[u32], out: &mut impl Write) -> std::io::Result<()> {
    ///     for number in numbers {
    ///         let line = format!("{number}\n");
    ///         out.write_all(line.as_bytes())?;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// // After: one buffer, which keeps its capacity.
    /// fn write_lines_reused(numbers: &[u32], out: &mut impl Write) -> std::io::Result<()> {
    ///     use std::fmt::Write as _;
    ///     let mut line = String::new();
    ///     for number in numbers {
    ///         line.clear();
    ///         writeln!(line, "{number}").expect("a String takes every text");
    ///         out.write_all(line.as_bytes())?;
    ///     }
    ///     Ok(())
    /// }
    /// # let (mut one, mut other) = (Vec::new(), Vec::new());
    /// # write_lines(&[1, 2], &mut one)?;
    /// # write_lines_reused(&[1, 2], &mut other)?;
    /// # assert_eq!(one, other);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    Scratch,
    /// Keep one object or buffer for each thread, because no thread ever has two at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::RefCell;
    ///
    /// // Before: a buffer for each request.
    /// fn answer(name: &str) -> usize {
    ///     let mut text = Vec::with_capacity(64 + name.len());
    ///     text.extend_from_slice(b"Hello ");
    ///     text.extend_from_slice(name.as_bytes());
    ///     text.len()
    /// }
    ///
    /// // After: a buffer for each thread.
    /// thread_local! {
    ///     static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// }
    ///
    /// fn answer_reused(name: &str) -> usize {
    ///     TEXT.with_borrow_mut(|text| {
    ///         text.clear();
    ///         text.extend_from_slice(b"Hello ");
    ///         text.extend_from_slice(name.as_bytes());
    ///         text.len()
    ///     })
    /// }
    /// # assert_eq!(answer("World"), answer_reused("World"));
    /// ```
    ThreadLocal,
    /// Use a `Pool`, of values or of collections, which keep their capacities.
    ///
    /// # Examples
    ///
    /// ```
    /// use repool::Pool;
    ///
    /// // Before: a list for each request, several at once.
    /// fn handle(request: &[u32]) -> u32 {
    ///     let squares: Vec<u32> = request.iter().map(|number| number * number).collect();
    ///     squares.iter().sum()
    /// }
    ///
    /// // After: a returned list is cleared and keeps its capacity.
    /// static LISTS: Pool<Vec<u32>> = Pool::new(Vec::new);
    ///
    /// fn handle_pooled(request: &[u32]) -> u32 {
    ///     let mut squares = LISTS.get();
    ///     squares.extend(request.iter().map(|number| number * number));
    ///     squares.iter().sum()
    /// }
    /// # assert_eq!(handle(&[1, 2, 3]), handle_pooled(&[1, 2, 3]));
    /// ```
    ///
    /// The elements of a returned `Vec<String>` are dropped, and their memory with them. A type of its
    /// own keeps them:
    ///
    /// ```
    /// use repool::{Pool, Recycle};
    ///
    /// #[derive(Default)]
    /// struct Fields {
    ///     texts: Vec<String>,
    ///     used: usize,
    /// }
    ///
    /// impl Fields {
    ///     fn push(&mut self, text: &str) {
    ///         if self.used == self.texts.len() {
    ///             self.texts.push(String::new());
    ///         }
    ///         self.texts[self.used].push_str(text);
    ///         self.used += 1;
    ///     }
    /// }
    ///
    /// impl Recycle for Fields {
    ///     fn recycle(&mut self) -> bool {
    ///         self.texts[..self.used].iter_mut().for_each(String::clear);
    ///         self.used = 0;
    ///         true
    ///     }
    /// }
    ///
    /// static FIELDS: Pool<Fields> = Pool::new(Fields::default);
    /// let mut fields = FIELDS.get();
    /// fields.push("name");
    /// assert_eq!(fields.texts[..fields.used], ["name"]);
    /// ```
    Pool,
    /// Use a `BufPool`, because buffers of bytes have different sizes, which are known when they are
    /// made.
    ///
    /// # Examples
    ///
    /// ```
    /// use repool::BufPool;
    ///
    /// // Before: a buffer for each packet.
    /// fn packet(payload: &[u8]) -> Vec<u8> {
    ///     let mut packet = Vec::with_capacity(4 + payload.len());
    ///     packet.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    ///     packet.extend_from_slice(payload);
    ///     packet
    /// }
    ///
    /// // After: a buffer of the pool's, which its guard returns.
    /// static BUFFERS: BufPool = BufPool::new();
    ///
    /// fn packet_pooled(payload: &[u8]) -> repool::PooledBuf<'static> {
    ///     let mut packet = BUFFERS.get(4 + payload.len());
    ///     packet.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    ///     packet.extend_from_slice(payload);
    ///     packet
    /// }
    /// assert_eq!(packet(b"data"), **packet_pooled(b"data"));
    ///
    /// // As `Bytes` of the crate `bytes`, whose last clone returns the buffer.
    /// let message = packet_pooled(b"data").freeze();
    /// assert_eq!(message, packet(b"data"));
    /// ```
    BufPool,
    /// Use `with_capacity` or `reserve`, which saves the growth of each buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// // Before: the list grows four times.
    /// fn doubled(numbers: &[u32]) -> Vec<u32> {
    ///     let mut doubled = Vec::new();
    ///     for number in numbers {
    ///         doubled.push(2 * number);
    ///     }
    ///     doubled
    /// }
    ///
    /// // After: one allocation of the final size.
    /// fn doubled_at_once(numbers: &[u32]) -> Vec<u32> {
    ///     let mut doubled = Vec::with_capacity(numbers.len());
    ///     for number in numbers {
    ///         doubled.push(2 * number);
    ///     }
    ///     doubled
    /// }
    /// # assert_eq!(doubled(&[1; 33]), doubled_at_once(&[1; 33]));
    /// ```
    WithCapacity,
    /// Pass a kept buffer or value to the dependency that makes one in each call. Its crate often has a
    /// second form of the function, whose name ends with `_into` or `_to_writer` or has `with` in it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Write;
    /// use repool::Pool;
    ///
    /// // Before: `to_vec` makes a buffer for each answer.
    /// fn send(numbers: &[u32], out: &mut impl Write) -> std::io::Result<()> {
    ///     let answer = serde_json::to_vec(numbers)?;
    ///     out.write_all(&answer)
    /// }
    ///
    /// // After: `to_writer` writes into a buffer that is passed in.
    /// static ANSWERS: Pool<Vec<u8>> = Pool::new(Vec::new);
    ///
    /// fn send_pooled(numbers: &[u32], out: &mut impl Write) -> std::io::Result<()> {
    ///     let mut answer = ANSWERS.get();
    ///     serde_json::to_writer(&mut *answer, numbers)?;
    ///     out.write_all(&answer)
    /// }
    /// # let (mut one, mut other) = (Vec::new(), Vec::new());
    /// # send(&[1, 2], &mut one)?;
    /// # send_pooled(&[1, 2], &mut other)?;
    /// # assert_eq!(one, other);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    PassBuffer,
    /// Borrow instead of own: look up by a borrowed key before an owned one is made, or parse into
    /// types that borrow (`&str`, `Cow<str>`).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// // Before: an owned key for each word, which is dropped if the word is known.
    /// fn count(counts: &mut HashMap<String, u32>, word: &str) {
    ///     *counts.entry(word.to_owned()).or_default() += 1;
    /// }
    ///
    /// // After: an owned key for each new word.
    /// fn count_borrowed(counts: &mut HashMap<String, u32>, word: &str) {
    ///     match counts.get_mut(word) {
    ///         Some(count) => *count += 1,
    ///         None => {
    ///             counts.insert(word.to_owned(), 1);
    ///         }
    ///     }
    /// }
    /// # let (mut one, mut other) = (HashMap::new(), HashMap::new());
    /// # for word in ["a", "b", "a"] {
    /// #     count(&mut one, word);
    /// #     count_borrowed(&mut other, word);
    /// # }
    /// # assert_eq!(one, other);
    /// ```
    Borrow,
    /// Nothing: there is nothing to gain, or it is not known whether there is.
    None,
}

impl Action {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::ThreadLocal => "thread_local",
            Self::Pool => "pool",
            Self::BufPool => "buf_pool",
            Self::WithCapacity => "with_capacity",
            Self::PassBuffer => "pass_buffer",
            Self::Borrow => "borrow",
            Self::None => "none",
        }
    }
}
