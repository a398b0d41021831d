//! Places to print to.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Write};
use std::rc::Rc;

/// Keeps what is printed; a clone is the same page.
#[derive(Clone, Default)]
pub struct Page(Rc<RefCell<Vec<u8>>>);

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("results are text")
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe whose reader has gone.
pub struct TornPipe;

impl Write for TornPipe {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::BrokenPipe.into())
    }
}
