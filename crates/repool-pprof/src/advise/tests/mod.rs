mod golden;
mod hostile;
mod linking;
mod made;
mod rules;
